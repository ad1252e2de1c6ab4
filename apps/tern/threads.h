#pragma once
#include <CLI/CLI.hpp>

#include "apps/tern/ranges.h"
#include "base/thread_pool.h"
#include "engine/limits.h"

namespace tern {

/// -t of commands that load no model.
inline void add_threads_flag(CLI::App& app, int* threads) {
  app.add_option("-t,--threads", *threads, "Threads; 0: every processor this process may use")
      ->check(between(0, kMaxThreads))
      ->type_name("N");
}

inline int threads_from_flag(int threads) {
  return threads > 0 ? threads : available_threads();
}

}  // namespace tern
