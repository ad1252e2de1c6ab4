#pragma once
// A fast checksum against accidents (some 10 GB/s), not against intent: net/digest.h has those.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tern {

/// 64 bits of bytes that come in pieces of any size. Any change within one word of 8 bytes changes them,
/// other changes miss one in 2^64. The value is part of file formats: it never changes.
class Checksum {
 public:
  void add(std::span<const uint8_t> bytes);
  void add(std::string_view text);
  /// The value so far.
  uint64_t value() const;

 private:
  static constexpr size_t kLanes = 4;  // words that are mixed at once
  static constexpr size_t kBlock = kLanes * sizeof(uint64_t);
  void add_block(const uint8_t* block);

  std::array<uint64_t, kLanes> lanes_ = {1, 2, 3, 4};
  std::array<uint8_t, kBlock> rest_{};  ///< the last length_ % kBlock bytes
  uint64_t length_ = 0;
};

}  // namespace tern
