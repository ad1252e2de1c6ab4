#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The entry of libFuzzer: calls `function` with the bytes of an input.
#define TERN_FUZZ(function)                                                 \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    function(std::string_view(reinterpret_cast<const char*>(data), size));  \
    return 0;                                                               \
  }
