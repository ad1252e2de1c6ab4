#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/checked_math.h"
#include "io/gguf.h"
#include "io/gguf_layout.h"

namespace tern {
namespace {

constexpr uint64_t kAlignment = internal::kGgufDefaultAlignment;

template <typename T>
void append(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

void append_text(std::string& out, std::string_view text) {
  append<uint64_t>(out, text.size());
  out += text;
}

/// Whether every number is the same as a To.
template <typename To, typename From>
bool all_fit(const std::vector<From>& values) {
  return std::ranges::all_of(values, [](From value) { return std::in_range<To>(value); });
}

/// Whether f32 holds it; all that JSON or GGUF call a number, infinities and NaN included.
bool fits_f32(double value) {
  return std::isnan(value) || static_cast<double>(static_cast<float>(value)) == value;
}

}  // namespace

template <typename T>
void GgufWriter::add_number(std::string key, GgufType type, T value) {
  begin_value(std::move(key), type);
  append(metadata_, value);
}

template <typename To, typename From>
void GgufWriter::add_numbers(std::string key, GgufType type, const std::vector<From>& values) {
  begin_value(std::move(key), GgufType::kArray);
  append_items(type, values.size());
  for (const From value : values) append(metadata_, static_cast<To>(value));
}

void GgufWriter::append_items(GgufType type, uint64_t count) {
  append(metadata_, type);
  append(metadata_, count);
  array_items_ += count;
}

void GgufWriter::append_string(std::string_view text) {
  append_text(metadata_, text);
  longest_text_ = std::max<uint64_t>(longest_text_, text.size());
}

Status GgufWriter::check() const {
  struct Bound {
    const char* what;
    uint64_t value, most;
  };
  for (const auto& [what, value, most] :
       {Bound{"bytes of metadata", metadata_.size(), internal::kGgufMaxHeader},
        {"keys", keys_.size(), internal::kGgufMaxMetadata},
        {"tensors", tensors_.size(), internal::kGgufMaxTensors},
        {"array items", array_items_, internal::kGgufMaxArrayItems},
        {"bytes in one text", longest_text_, internal::kGgufMaxText}}) {
    if (value > most) {
      return fail(ErrorCode::kUnsupported, "the file would have {} {}, more than the {} that are read", value,
                  what, most);
    }
  }
  return {};
}

void GgufWriter::begin_value(std::string key, GgufType type) {
  append_text(metadata_, key);
  append(metadata_, type);
  TERN_CHECK(!key.empty() && key.size() <= internal::kGgufMaxName);
  TERN_CHECK(keys_.insert(std::move(key)).second);
}

void GgufWriter::add_u32(std::string key, uint32_t value) {
  add_number(std::move(key), GgufType::kU32, value);
}

void GgufWriter::add_f32(std::string key, float value) {
  add_number(std::move(key), GgufType::kF32, value);
}

void GgufWriter::add_bool(std::string key, bool value) {
  add_number<uint8_t>(std::move(key), GgufType::kBool, value ? 1 : 0);
}

void GgufWriter::add_string(std::string key, const std::string& value) {
  begin_value(std::move(key), GgufType::kString);
  append_string(value);
}

void GgufWriter::add_strings(std::string key, const std::vector<std::string>& values) {
  begin_value(std::move(key), GgufType::kArray);
  append_items(GgufType::kString, values.size());
  for (const std::string& value : values) append_string(value);
}

void GgufWriter::add_u8s(std::string key, std::string_view bytes) {
  add_numbers<uint8_t>(std::move(key), GgufType::kU8, std::vector<char>(bytes.begin(), bytes.end()));
}

void GgufWriter::add_i32s(std::string key, const std::vector<int32_t>& values) {
  add_numbers<int32_t>(std::move(key), GgufType::kI32, values);
}

void GgufWriter::add_f32s(std::string key, const std::vector<float>& values) {
  add_numbers<float>(std::move(key), GgufType::kF32, values);
}

void GgufWriter::add(std::string key, bool value) {
  add_bool(std::move(key), value);
}

void GgufWriter::add(std::string key, uint64_t value) {
  if (std::in_range<uint32_t>(value)) return add_u32(std::move(key), static_cast<uint32_t>(value));
  add_number(std::move(key), GgufType::kU64, value);
}

void GgufWriter::add(std::string key, int64_t value) {
  if (std::in_range<uint32_t>(value)) return add_u32(std::move(key), static_cast<uint32_t>(value));
  if (std::in_range<int32_t>(value)) {
    return add_number(std::move(key), GgufType::kI32, static_cast<int32_t>(value));
  }
  add_number(std::move(key), GgufType::kI64, value);
}

void GgufWriter::add(std::string key, double value) {
  if (fits_f32(value)) return add_f32(std::move(key), static_cast<float>(value));
  add_number(std::move(key), GgufType::kF64, value);
}

void GgufWriter::add(std::string key, const std::string& value) {
  add_string(std::move(key), value);
}

void GgufWriter::add(std::string key, const std::vector<bool>& values) {
  add_numbers<uint8_t>(std::move(key), GgufType::kBool, values);
}

void GgufWriter::add(std::string key, const std::vector<int64_t>& values) {
  if (all_fit<int32_t>(values)) return add_numbers<int32_t>(std::move(key), GgufType::kI32, values);
  add_numbers<int64_t>(std::move(key), GgufType::kI64, values);
}

void GgufWriter::add(std::string key, const std::vector<uint64_t>& values) {
  if (all_fit<int32_t>(values)) return add_numbers<int32_t>(std::move(key), GgufType::kI32, values);
  add_numbers<uint64_t>(std::move(key), GgufType::kU64, values);
}

void GgufWriter::add(std::string key, const std::vector<double>& values) {
  if (std::ranges::all_of(values, fits_f32)) {
    return add_numbers<float>(std::move(key), GgufType::kF32, values);
  }
  add_numbers<double>(std::move(key), GgufType::kF64, values);
}

void GgufWriter::add(std::string key, const std::vector<std::string>& values) {
  add_strings(std::move(key), values);
}

void GgufWriter::add_value(std::string key, const GgufValue& value) {
  std::visit([&](const auto& held) { add(std::move(key), held); }, value);
}

void GgufWriter::add_tensor(std::string name, DType dtype, std::vector<uint64_t> shape,
                            TensorProducer produce) {
  tensors_.push_back({std::move(name), dtype, std::move(shape), std::move(produce)});
}

Result<std::string> GgufWriter::header(std::vector<uint64_t>& lengths) const {
  std::string out(internal::kGgufMagic);
  append(out, internal::kGgufVersion);
  append<uint64_t>(out, tensors_.size());
  append<uint64_t>(out, keys_.size());
  out += metadata_;
  std::set<std::string_view> names;
  uint64_t offset = 0;
  for (const TensorToWrite& tensor : tensors_) {
    const std::string where = fmt::format("tensor '{}'", tensor.name);
    if (tensor.name.empty() || tensor.name.size() > internal::kGgufMaxName ||
        !names.insert(tensor.name).second) {
      return fail(ErrorCode::kInvalidArgument, "{}: a tensor's name must be unique and have 1 to {} bytes",
                  where, internal::kGgufMaxName);
    }
    const auto gguf_id = dtype_info(tensor.dtype).gguf_id;
    if (gguf_id < 0) {
      return fail(ErrorCode::kUnsupported, "{}: GGUF has no element type {}", where,
                  dtype_info(tensor.dtype).name);
    }
    const auto length = internal::gguf_tensor_bytes(tensor.dtype, tensor.shape);
    if (!length) return tl::unexpected<Error>(length.error().with_context(where));
    append_text(out, tensor.name);
    append<uint32_t>(out, static_cast<uint32_t>(tensor.shape.size()));
    for (auto dim = tensor.shape.rbegin(); dim != tensor.shape.rend(); ++dim) append(out, *dim);
    append<uint32_t>(out, static_cast<uint32_t>(gguf_id));
    append(out, offset);
    lengths.push_back(*length);
    const auto end = checked_add(offset, *length);
    const auto next = end ? checked_align_up(*end, kAlignment) : std::nullopt;
    if (!next) return fail(ErrorCode::kInvalidArgument, "{}: the tensors are too large for a file", where);
    offset = *next;
  }
  out.resize(ceil_div(out.size(), kAlignment) * kAlignment, '\0');
  return out;
}

Status GgufWriter::write(const std::string& path, const WriteProgress& progress, IfThere if_there) const {
  if (const Status fits = check(); !fits) return tl::unexpected<Error>(fits.error().with_context(path));
  std::vector<uint64_t> lengths;
  const auto head = header(lengths);
  if (!head) return tl::unexpected<Error>(head.error().with_context(path));
  std::vector<StreamedTensor> streamed;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    streamed.push_back({tensors_[i].name, lengths[i], &tensors_[i].produce});
  }
  return write_tensor_file(path, *head, streamed, kAlignment, progress, if_there);
}

}  // namespace tern
