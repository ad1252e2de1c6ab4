#include "tokenizer/protobuf.h"

#include <cstring>
#include <limits>

namespace tern {

Result<uint64_t> ProtoReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return fail(ErrorCode::kBadFile, "{}: the file ends within a number", what_);
    const auto byte = static_cast<uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  return fail(ErrorCode::kBadFile, "{}: a number has more than ten bytes", what_);
}

Result<uint64_t> ProtoReader::fixed(size_t bytes) {
  if (rest_.size() < bytes) return fail(ErrorCode::kBadFile, "{}: the file ends within a number", what_);
  uint64_t value = 0;
  std::memcpy(&value, rest_.data(), bytes);  // little-endian, as we are
  rest_.remove_prefix(bytes);
  return value;
}

Result<std::optional<ProtoField>> ProtoReader::next() {
  if (rest_.empty()) return std::nullopt;
  TERN_ASSIGN(const uint64_t tag, varint());
  if (tag >> 3 == 0 || tag > std::numeric_limits<uint32_t>::max())
    return fail(ErrorCode::kBadFile, "{}: {} is no field of a protobuf message", what_, tag);
  ProtoField field{static_cast<uint32_t>(tag >> 3), static_cast<WireType>(tag & 7), 0, {}};
  switch (field.type) {
    case WireType::kVarint: {
      TERN_ASSIGN(field.value, varint());
      return field;
    }
    case WireType::kFixed64: {
      TERN_ASSIGN(field.value, fixed(8));
      return field;
    }
    case WireType::kFixed32: {
      TERN_ASSIGN(field.value, fixed(4));
      return field;
    }
    case WireType::kBytes: {
      TERN_ASSIGN(const uint64_t length, varint());
      if (length > rest_.size()) {
        return fail(ErrorCode::kBadFile, "{}: field {} has {} bytes, but {} are left", what_, field.number,
                    length, rest_.size());
      }
      field.bytes = rest_.substr(0, length);
      rest_.remove_prefix(length);
      return field;
    }
  }
  return fail(ErrorCode::kBadFile, "{}: field {} has wire type {}", what_, field.number, tag & 7);
}

void ProtoWriter::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) message_ += static_cast<char>(0x80 | (value & 0x7F));
  message_ += static_cast<char>(value);
}

void ProtoWriter::tag(uint32_t number, WireType type) {
  varint(uint64_t{number} << 3 | static_cast<uint64_t>(type));
}

void ProtoWriter::add_uint(uint32_t number, uint64_t value) {
  tag(number, WireType::kVarint);
  varint(value);
}

void ProtoWriter::add_float(uint32_t number, float value) {
  tag(number, WireType::kFixed32);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  message_.append(bytes, sizeof value);
}

void ProtoWriter::add_bytes(uint32_t number, std::string_view bytes) {
  tag(number, WireType::kBytes);
  varint(bytes.size());
  message_ += bytes;
}

}  // namespace tern
