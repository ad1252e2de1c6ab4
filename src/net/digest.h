#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tern {

enum class DigestKind {
  kSha256,
  kSha1,  ///< only as git's name of a blob
};

/// A checksum of bytes that come piece by piece.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  Digest(Digest&&) noexcept;
  ~Digest();
  void update(std::span<const uint8_t> bytes);
  void update(std::string_view text);
  /// Lower-case hexadecimal. Called once, last.
  std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// Whether `text` is `digits` lower-case hexadecimal digits: 64 for SHA-256, 40 for SHA-1.
bool is_hex(std::string_view text, size_t digits);

}  // namespace tern
