#pragma once
// The little of Protocol Buffers that a sentencepiece model needs: fields in a row, read in place and
// written.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace tern {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct ProtoField {
  uint32_t number;
  WireType type;
  uint64_t value;          ///< kVarint, kFixed32, kFixed64
  std::string_view bytes;  ///< kBytes: a string, or a message to read by another ProtoReader
};

/// Reads a message field by field. Every length is held against what is left, so nothing is read or allocated
/// beyond the message, whatever it says.
class ProtoReader {
 public:
  ProtoReader(std::string_view message, std::string_view what) : rest_(message), what_(what) {}

  /// The next field; nothing at the end. kBadFile when the message is cut off or has a type that is no more.
  Result<std::optional<ProtoField>> next();

 private:
  Result<uint64_t> varint();
  Result<uint64_t> fixed(size_t bytes);

  std::string_view rest_, what_;
};

/// Writes a message.
class ProtoWriter {
 public:
  void add_uint(uint32_t number, uint64_t value);
  void add_float(uint32_t number, float value);
  void add_bytes(uint32_t number, std::string_view bytes);
  const std::string& message() const { return message_; }

 private:
  void tag(uint32_t number, WireType type);
  void varint(uint64_t value);

  std::string message_;
};

}  // namespace tern
