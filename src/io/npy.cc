// NPY:  | 93 'NUMPY' | major u8 | minor u8 | header length u16 (1.0) or u32 (2.0) | header | data |
//   header: a Python dict, {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, padded by spaces so
//   that the data starts at a multiple of 64, and ended by a newline.
#include "io/npy.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"
#include "base/check.h"
#include "base/checked_math.h"
#include "base/mmap.h"

namespace tern {
namespace {

static_assert(std::endian::native == std::endian::little, "'<f4' is read and written in place");

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kDataAlignment = 64;
constexpr size_t kMaxHeaderBytes = 65536;
constexpr size_t kMaxDims = 32;  // NumPy's own limit

/// Reads the header's dict; every step is nothing on a mismatch.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  bool accept(std::string_view token) {
    const size_t blanks = text_.find_first_not_of(" \n");
    text_.remove_prefix(std::min(blanks, text_.size()));
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }

  std::optional<uint64_t> number() {
    accept("");
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc()) return std::nullopt;
    text_.remove_prefix(static_cast<size_t>(end - text_.data()));
    return value;
  }

  /// (), (3,) or (2, 3)
  std::optional<std::vector<uint64_t>> tuple() {
    if (!accept("(")) return std::nullopt;
    std::vector<uint64_t> values;
    while (!accept(")")) {
      const auto value = number();
      if (!value || values.size() == kMaxDims) return std::nullopt;
      values.push_back(*value);
      if (accept(",")) continue;
      if (values.size() == 1 || !accept(")")) return std::nullopt;  // (3) is no tuple
      break;
    }
    return values;
  }

  bool at_end() { return accept("") && text_.empty(); }

 private:
  std::string_view text_;
};

/// The shape, when the header describes a '<f4' array in C order.
std::optional<std::vector<uint64_t>> parse_header(std::string_view text) {
  HeaderReader reader(text);
  std::optional<std::vector<uint64_t>> shape;
  bool descr = false, order = false;
  if (!reader.accept("{")) return std::nullopt;
  while (!reader.accept("}")) {
    if (!descr && reader.accept("'descr':")) {
      descr = reader.accept("'<f4'");
      if (!descr) return std::nullopt;
    } else if (!order && reader.accept("'fortran_order':")) {
      order = reader.accept("False");
      if (!order) return std::nullopt;
    } else if (!shape && reader.accept("'shape':")) {
      shape = reader.tuple();
      if (!shape) return std::nullopt;
    } else {
      return std::nullopt;
    }
    if (reader.accept(",")) continue;
    if (!reader.accept("}")) return std::nullopt;
    break;
  }
  return descr && order && reader.at_end() ? shape : std::nullopt;
}

}  // namespace

Status write_npy(const std::string& path, std::span<const float> values, const std::vector<uint64_t>& shape) {
  TERN_CHECK(shape.size() <= kMaxDims && checked_product(shape) == values.size());
  std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                   fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t prefix = kMagic.size() + 2 + sizeof(uint16_t);
  const size_t end = *checked_align_up(prefix + header.size() + 1, kDataAlignment);
  header.resize(end - prefix - 1, ' ');
  header += '\n';
  const auto length = static_cast<uint16_t>(header.size());
  const char fixed[] = {1, 0, static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};

  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  TERN_TRY(file.write(kMagic));
  TERN_TRY(file.write(std::string_view(fixed, sizeof fixed)));
  TERN_TRY(file.write(header));
  TERN_TRY(file.write(std::span(reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes())));
  return file.commit();
}

Result<NpyArray> read_npy(const std::string& path) {
  TERN_ASSIGN(const MappedFile file, MappedFile::open(path));
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size());
  const auto bad = [&](std::string_view why) { return fail(ErrorCode::kBadFile, "{}: {}", path, why); };
  if (!bytes.starts_with(kMagic)) return bad("not a .npy file: it does not start with \\x93NUMPY");
  const size_t version_at = kMagic.size(), length_at = version_at + 2;
  if (bytes.size() < length_at + sizeof(uint32_t)) return bad("truncated in its header");
  const char major = bytes[version_at];
  if ((major != 1 && major != 2) || bytes[version_at + 1] != 0)
    return bad("only .npy versions 1.0 and 2.0 are read");
  uint32_t length = 0;
  const size_t length_bytes = major == 1 ? sizeof(uint16_t) : sizeof(uint32_t);
  std::memcpy(&length, bytes.data() + length_at, length_bytes);
  const size_t header_at = length_at + length_bytes;
  if (length > kMaxHeaderBytes || !range_fits(header_at, length, bytes.size()))
    return bad("truncated in its header");
  const auto shape = parse_header(bytes.substr(header_at, length));
  if (!shape) return bad("the header is not that of a '<f4' array in C order; save it with numpy as float32");
  const std::string_view data = bytes.substr(header_at + length);
  const auto elements = checked_product(*shape);
  const auto size = elements ? checked_mul<uint64_t>(*elements, sizeof(float)) : std::nullopt;
  if (size != data.size())
    return bad("the data's size does not fit the shape; the file is broken or truncated");
  NpyArray array{*shape, std::vector<float>(*elements)};
  if (!data.empty()) std::memcpy(array.values.data(), data.data(), data.size());
  return array;
}

}  // namespace tern
