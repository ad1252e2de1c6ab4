#include "base/checksum.h"

#include <algorithm>
#include <cstring>

namespace tern {
namespace {

/// One to one, so that two words that differ stay different.
uint64_t mixed(uint64_t word) {
  word *= 0x9E3779B97F4A7C15u;
  return word ^ word >> 32;
}

}  // namespace

void Checksum::add_block(const uint8_t* block) {
  for (size_t lane = 0; lane < kLanes; ++lane) {
    uint64_t word;
    std::memcpy(&word, block + lane * sizeof word, sizeof word);
    lanes_[lane] = mixed(lanes_[lane] ^ word);
  }
}

void Checksum::add(std::span<const uint8_t> bytes) {
  const size_t held = length_ % kBlock;
  length_ += bytes.size();
  if (held > 0) {
    const size_t taken = std::min(kBlock - held, bytes.size());
    std::copy_n(bytes.data(), taken, rest_.data() + held);
    if (held + taken < kBlock) return;
    add_block(rest_.data());
    bytes = bytes.subspan(taken);
  }
  for (; bytes.size() >= kBlock; bytes = bytes.subspan(kBlock)) add_block(bytes.data());
  std::copy(bytes.begin(), bytes.end(), rest_.begin());
}

void Checksum::add(std::string_view text) {
  add(std::span(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

uint64_t Checksum::value() const {
  Checksum last = *this;
  std::fill(last.rest_.begin() + static_cast<ptrdiff_t>(length_ % kBlock), last.rest_.end(), 0);
  last.add_block(last.rest_.data());
  uint64_t value = mixed(length_);
  for (const uint64_t lane : last.lanes_) value = mixed(value ^ lane);
  return mixed(value);
}

}  // namespace tern
