#pragma once
// Bounds of what a user may ask for: the library and the command line refuse the same values.
#include <cstdint>

namespace tern {

constexpr int kMaxThreads = 1024;
constexpr int64_t kMaxContext = int64_t{1} << 24;  ///< positions
constexpr int64_t kDefaultContext = 32768;  ///< positions, if the model has as many and nobody says otherwise
constexpr int64_t kMaxChunk = 65536;        ///< tokens of one forward pass
constexpr int64_t kMaxLookup = 64;          ///< guesses checked by one pass
constexpr int64_t kMaxTopLogprobs = 100;    ///< likeliest tokens given beside each drawn one

}  // namespace tern
