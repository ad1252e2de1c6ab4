#pragma once
// Text as a row of words, so that copies are known whatever their punctuation, case and line breaks.
#include <cstdint>
#include <string_view>
#include <vector>

namespace tern {

/// A hash of each word: a run of letters and digits, ASCII letters without their case. All that is not ASCII
/// counts as letters, so scripts without blanks have a word a clause.
std::vector<uint64_t> word_hashes(std::string_view text);

/// A hash of each `n` words that follow each other, of the first n first; none when there are fewer. n >= 1.
std::vector<uint64_t> window_hashes(const std::vector<uint64_t>& words, size_t n);

}  // namespace tern
