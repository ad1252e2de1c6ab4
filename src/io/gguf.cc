#include "io/gguf.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/checked_math.h"
#include "io/gguf_foreign.h"
#include "io/gguf_layout.h"

namespace tern {
namespace {

using internal::kGgufMaxName;

// The least that an entry can take: bounds every count by the bytes that are there.
constexpr uint64_t kMinMetadataBytes = 8 + 1 + 4 + 1;
constexpr uint64_t kMinTensorBytes = 8 + 1 + 4 + 8 + 4 + 8;
constexpr uint64_t kMinAlignment = 8, kMaxAlignment = uint64_t{1} << 20;

/// Reads the header front to back, never beyond its end.
class Cursor {
 public:
  Cursor(std::span<const uint8_t> bytes, bool cut, const std::string& path)
      : bytes_(bytes), cut_(cut), path_(path) {}

  uint64_t position() const { return position_; }
  uint64_t remaining() const { return bytes_.size() - position_; }
  const std::string& path() const { return path_; }

  template <typename T>
  Result<T> number(std::string_view field) {
    TERN_ASSIGN(const auto bytes, take(sizeof(T), field));
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }

  /// A count of up to `max` items of at least `item_bytes` each.
  Result<uint64_t> count(uint64_t item_bytes, uint64_t max, std::string_view field) {
    TERN_ASSIGN(const uint64_t value, number<uint64_t>(field));
    if (value > remaining() / item_bytes) {
      return fail(ErrorCode::kBadFile, "{}: {}: {} entries cannot fit the {} bytes that follow; {}", path_,
                  field, value, remaining(), remedy());
    }
    if (value > max) {
      return fail(ErrorCode::kUnsupported, "{}: {}: {} is more than the {} that are read here", path_, field,
                  value, max);
    }
    return value;
  }

  /// The count of an array's items.
  Result<uint64_t> array_count(uint64_t item_bytes, std::string_view key) {
    TERN_ASSIGN(const uint64_t value, count(item_bytes, array_items_left_, key));
    array_items_left_ -= value;
    return value;
  }

  Result<std::string> text(std::string_view field) {
    TERN_ASSIGN(const uint64_t length, count(1, internal::kGgufMaxText, field));
    TERN_ASSIGN(const auto bytes, take(length, field));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  /// A key or tensor name: 1 to 256 bytes, none of them a control character (names reach terminals).
  Result<std::string> name(std::string_view field) {
    TERN_ASSIGN(std::string value, text(field));
    const bool bad =
        value.empty() || value.size() > kGgufMaxName ||
        std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (bad) {
      return fail(ErrorCode::kBadFile,
                  "{}: {} at byte {}: a name has 1 to {} bytes and no control characters; {}", path_, field,
                  position_ - value.size(), kGgufMaxName, remedy());
    }
    return value;
  }

 private:
  Result<std::span<const uint8_t>> take(uint64_t length, std::string_view field) {
    if (length > remaining()) {
      return fail(ErrorCode::kBadFile, "{}: {}: ends at byte {}, {} more bytes needed; {}", path_, field,
                  bytes_.size(), length - remaining(), remedy());
    }
    const auto result = bytes_.subspan(position_, length);
    position_ += length;
    return result;
  }

  std::string_view remedy() const {
    return cut_ ? "a header of more than 128 MiB is refused"
                : "the file is broken or truncated: fetch it again";
  }

  std::span<const uint8_t> bytes_;
  bool cut_;
  const std::string& path_;
  uint64_t position_ = 0, array_items_left_ = internal::kGgufMaxArrayItems;
};

/// What a number of stored type T is held as.
template <typename T>
using Held = std::conditional_t<std::is_floating_point_v<T>, double,
                                std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;

template <typename T>
Result<GgufValue> read_number(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const T value, cursor.number<T>(key));
  return GgufValue(static_cast<Held<T>>(value));
}

template <typename T>
Result<GgufValue> read_numbers(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const uint64_t n, cursor.array_count(sizeof(T), key));
  std::vector<Held<T>> values(n);
  for (auto& value : values) {
    TERN_ASSIGN(value, cursor.number<T>(key));
  }
  return GgufValue(std::move(values));
}

Result<bool> read_bool_byte(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const auto byte, cursor.number<uint8_t>(key));
  if (byte > 1) {
    return fail(ErrorCode::kBadFile, "{}: {}: a bool is 0 or 1, found {}; the file is broken: fetch it again",
                cursor.path(), key, byte);
  }
  return byte == 1;
}

Result<GgufValue> read_bool(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const bool value, read_bool_byte(cursor, key));
  return GgufValue(value);
}

Result<GgufValue> read_bools(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const uint64_t n, cursor.array_count(1, key));
  std::vector<bool> values;
  values.reserve(n);
  for (uint64_t i = 0; i < n; ++i) {
    TERN_ASSIGN(const bool value, read_bool_byte(cursor, key));
    values.push_back(value);
  }
  return GgufValue(std::move(values));
}

Result<GgufValue> read_string(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(std::string value, cursor.text(key));
  return GgufValue(std::move(value));
}

Result<GgufValue> read_strings(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const uint64_t n, cursor.array_count(sizeof(uint64_t), key));
  std::vector<std::string> values(n);
  for (std::string& value : values) {
    TERN_ASSIGN(value, cursor.text(key));
  }
  return GgufValue(std::move(values));
}

tl::unexpected<Error> bad_value_type(const Cursor& cursor, std::string_view key, uint32_t type) {
  return fail(ErrorCode::kBadFile, "{}: {}: value type {} does not exist; the file is broken: fetch it again",
              cursor.path(), key, type);
}

Result<GgufValue> read_array(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const auto type, cursor.number<uint32_t>(key));
  switch (static_cast<GgufType>(type)) {
    case GgufType::kU8:
      return read_numbers<uint8_t>(cursor, key);
    case GgufType::kI8:
      return read_numbers<int8_t>(cursor, key);
    case GgufType::kU16:
      return read_numbers<uint16_t>(cursor, key);
    case GgufType::kI16:
      return read_numbers<int16_t>(cursor, key);
    case GgufType::kU32:
      return read_numbers<uint32_t>(cursor, key);
    case GgufType::kI32:
      return read_numbers<int32_t>(cursor, key);
    case GgufType::kF32:
      return read_numbers<float>(cursor, key);
    case GgufType::kBool:
      return read_bools(cursor, key);
    case GgufType::kString:
      return read_strings(cursor, key);
    case GgufType::kArray:
      return fail(ErrorCode::kUnsupported, "{}: {}: arrays of arrays are not supported", cursor.path(), key);
    case GgufType::kU64:
      return read_numbers<uint64_t>(cursor, key);
    case GgufType::kI64:
      return read_numbers<int64_t>(cursor, key);
    case GgufType::kF64:
      return read_numbers<double>(cursor, key);
  }
  return bad_value_type(cursor, key, type);
}

Result<GgufValue> read_value(Cursor& cursor, std::string_view key) {
  TERN_ASSIGN(const auto type, cursor.number<uint32_t>(key));
  switch (static_cast<GgufType>(type)) {
    case GgufType::kU8:
      return read_number<uint8_t>(cursor, key);
    case GgufType::kI8:
      return read_number<int8_t>(cursor, key);
    case GgufType::kU16:
      return read_number<uint16_t>(cursor, key);
    case GgufType::kI16:
      return read_number<int16_t>(cursor, key);
    case GgufType::kU32:
      return read_number<uint32_t>(cursor, key);
    case GgufType::kI32:
      return read_number<int32_t>(cursor, key);
    case GgufType::kF32:
      return read_number<float>(cursor, key);
    case GgufType::kBool:
      return read_bool(cursor, key);
    case GgufType::kString:
      return read_string(cursor, key);
    case GgufType::kArray:
      return read_array(cursor, key);
    case GgufType::kU64:
      return read_number<uint64_t>(cursor, key);
    case GgufType::kI64:
      return read_number<int64_t>(cursor, key);
    case GgufType::kF64:
      return read_number<double>(cursor, key);
  }
  return bad_value_type(cursor, key, type);
}

Status check_magic_and_version(Cursor& cursor, std::span<const uint8_t> start) {
  TERN_ASSIGN(const auto magic, cursor.number<uint32_t>("magic"));
  if (std::memcmp(&magic, internal::kGgufMagic.data(), sizeof magic) != 0) {
    return fail(ErrorCode::kBadFile, "{}: not a GGUF file: it does not start with 'GGUF'; {}", cursor.path(),
                internal::explain_no_gguf(start));
  }
  TERN_ASSIGN(const auto version, cursor.number<uint32_t>("version"));
  if (version == internal::kGgufVersion) return {};
  if (version == __builtin_bswap32(internal::kGgufVersion)) {
    return fail(ErrorCode::kUnsupported, "{}: a big-endian GGUF file; convert it to little endian",
                cursor.path());
  }
  return fail(ErrorCode::kUnsupported,
              "{}: GGUF version {}; only version {} is read, so convert the model again", cursor.path(),
              version, internal::kGgufVersion);
}

/// A tensor table line; `bytes` of the entry is set once the data section's start is known.
struct TensorLine {
  TensorEntry entry;
  uint64_t offset = 0, length = 0;
  std::optional<uint32_t> foreign_type;  ///< an id that Tern does not read; `length` is not known then
};

std::string supported_types() {
  std::string names;
  for (uint32_t id = 0; id < 64; ++id) {
    if (const auto dtype = dtype_from_gguf(id)) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", dtype_info(*dtype).name);
    }
  }
  return names;
}

Result<TensorLine> read_tensor_line(Cursor& cursor) {
  TensorLine line;
  TERN_ASSIGN(line.entry.name, cursor.name("tensor name"));
  const std::string where = fmt::format("{}: tensor '{}'", cursor.path(), line.entry.name);
  TERN_ASSIGN(const auto n_dims, cursor.number<uint32_t>("tensor dimensions"));
  if (n_dims < 1 || n_dims > internal::kGgufMaxDims) {
    return fail(ErrorCode::kBadFile, "{}: {} dimensions, GGUF has 1 to {}", where, n_dims,
                internal::kGgufMaxDims);
  }
  line.entry.shape.resize(n_dims);
  for (size_t i = n_dims; i-- > 0;) {
    TERN_ASSIGN(line.entry.shape[i], cursor.number<uint64_t>("tensor dimensions"));
  }
  TERN_ASSIGN(const auto type, cursor.number<uint32_t>("tensor type"));
  TERN_ASSIGN(line.offset, cursor.number<uint64_t>("tensor offset"));
  const auto dtype = dtype_from_gguf(type);
  if (!dtype) {
    line.foreign_type = type;
    return line;
  }
  line.entry.dtype = *dtype;
  const auto length = internal::gguf_tensor_bytes(*dtype, line.entry.shape);
  if (!length) return tl::unexpected<Error>(length.error().with_context(where));
  line.length = *length;
  return line;
}

/// Refuses the first line of a type that Tern does not read, telling it from others of the same id by its
/// size: the bytes up to the next tensor.
Status check_types(const std::vector<TensorLine>& lines, uint64_t data_bytes, uint64_t alignment,
                   const std::string& path) {
  for (const TensorLine& line : lines) {
    if (!line.foreign_type) continue;
    uint64_t end = data_bytes;
    for (const TensorLine& other : lines) {
      if (other.offset > line.offset) end = std::min(end, other.offset);
    }
    return fail(ErrorCode::kUnsupported, "{}: tensor '{}': element type {}", path, line.entry.name,
                internal::explain_gguf_type(*line.foreign_type, line.entry.shape,
                                            end - std::min(end, line.offset), alignment, supported_types()));
  }
  return {};
}

/// Points every line into `data`; refuses what lies outside it, is not aligned, overlaps another, or follows
/// unused bytes: those mean that the line before it has another type or shape than the data was written with.
Status place_tensors(std::vector<TensorLine>& lines, std::span<const uint8_t> data, uint64_t alignment,
                     const std::string& path) {
  for (TensorLine& line : lines) {
    if (line.offset % alignment != 0) {
      return fail(ErrorCode::kBadFile, "{}: tensor '{}': offset {} is not a multiple of the alignment {}",
                  path, line.entry.name, line.offset, alignment);
    }
    if (!range_fits(line.offset, line.length, data.size())) {
      return fail(
          ErrorCode::kBadFile,
          "{}: tensor '{}': {} bytes at offset {} do not lie inside the {} bytes of tensor data; the file is "
          "broken or truncated: fetch it again",
          path, line.entry.name, line.length, line.offset, data.size());
    }
    line.entry.bytes = data.subspan(line.offset, line.length);
  }
  std::vector<const TensorLine*> order;
  order.reserve(lines.size());
  for (const TensorLine& line : lines) order.push_back(&line);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->offset < b->offset; });
  uint64_t end = 0;  // of what is used so far
  for (size_t i = 0; i < order.size(); ++i) {
    if (order[i]->offset < end) {
      return fail(ErrorCode::kBadFile,
                  "{}: tensors '{}' and '{}' overlap; the file is broken: fetch it again", path,
                  order[i - 1]->entry.name, order[i]->entry.name);
    }
    if (order[i]->offset - end >= alignment) {
      return fail(
          ErrorCode::kBadFile,
          "{}: tensor '{}' starts {} bytes after {}, more than alignment asks for: a type or shape is "
          "wrong; convert the model again",
          path, order[i]->entry.name, order[i]->offset - end,
          i == 0 ? "the data's start" : fmt::format("the end of '{}'", order[i - 1]->entry.name));
    }
    end = order[i]->offset + order[i]->length;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Gguf>> Gguf::open(const std::string& path) {
  auto gguf = std::make_unique<Gguf>();
  TERN_ASSIGN(gguf->file_, MappedFile::open(path));
  const auto bytes = gguf->file_.bytes();
  const uint64_t header_bytes = std::min<uint64_t>(bytes.size(), internal::kGgufMaxHeader);
  Cursor cursor(bytes.first(header_bytes), header_bytes < bytes.size(), path);
  TERN_TRY(check_magic_and_version(cursor, bytes));
  TERN_ASSIGN(const uint64_t tensor_count,
              cursor.count(kMinTensorBytes, internal::kGgufMaxTensors, "tensor count"));
  TERN_ASSIGN(const uint64_t metadata_count,
              cursor.count(kMinMetadataBytes, internal::kGgufMaxMetadata, "metadata count"));

  for (uint64_t i = 0; i < metadata_count; ++i) {
    TERN_ASSIGN(const std::string key, cursor.name("metadata key"));
    TERN_ASSIGN(GgufValue value, read_value(cursor, key));
    if (!gguf->metadata_.emplace(key, std::move(value)).second) {
      return fail(ErrorCode::kBadFile, "{}: metadata key '{}' occurs twice; the file is broken", path, key);
    }
  }
  TERN_ASSIGN(const auto alignment, gguf->get_uint("general.alignment"));
  const uint64_t align = alignment.value_or(internal::kGgufDefaultAlignment);
  if (!std::has_single_bit(align) || align < kMinAlignment || align > kMaxAlignment) {
    return fail(ErrorCode::kBadFile, "{}: general.alignment is {}, not a power of two from {} to {}", path,
                align, kMinAlignment, kMaxAlignment);
  }

  std::vector<TensorLine> lines;
  lines.reserve(tensor_count);
  for (uint64_t i = 0; i < tensor_count; ++i) {
    TERN_ASSIGN(lines.emplace_back(), read_tensor_line(cursor));
    const std::string& name = lines.back().entry.name;
    if (!gguf->index_.emplace(name, i).second) {
      return fail(ErrorCode::kBadFile, "{}: tensor name '{}' occurs twice; the file is broken", path, name);
    }
  }
  // A file without tensors may end without padding; `bytes.size()` is far from overflow.
  const uint64_t data_at = std::min<uint64_t>(*checked_align_up(cursor.position(), align), bytes.size());
  TERN_TRY(check_types(lines, bytes.size() - data_at, align, path));
  TERN_TRY(place_tensors(lines, bytes.subspan(data_at), align, path));
  gguf->tensors_.reserve(lines.size());
  for (TensorLine& line : lines) gguf->tensors_.push_back(std::move(line.entry));
  return gguf;
}

const TensorEntry* Gguf::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &tensors_[it->second];
}

}  // namespace tern
