#pragma once
// Programmer errors: a broken precondition stops the program with file, line and condition.
#include <cstdio>
#include <cstdlib>

#define TERN_CHECK(condition)                                                            \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
