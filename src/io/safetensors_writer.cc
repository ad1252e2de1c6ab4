#include "io/safetensors_writer.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/checked_math.h"
#include "base/json.h"
#include "io/safetensors_layout.h"

namespace tern {
namespace {

constexpr uint64_t kAlignment = 8;  // of the data's start, as the format's own library writes it

/// Bytes of a tensor that the reader takes.
Result<uint64_t> tensor_bytes(std::string_view name, DType dtype, const std::vector<uint64_t>& shape) {
  if (!internal::is_safetensors_name(name) || name == internal::kSafetensorsMetadata) {
    return fail(ErrorCode::kInvalidArgument,
                "a name has 1 to 256 bytes, no control characters, and is not {}",
                internal::kSafetensorsMetadata);
  }
  if (std::ranges::find(internal::kSafetensorsDTypes, dtype) == std::end(internal::kSafetensorsDTypes)) {
    return fail(ErrorCode::kUnsupported, "safetensors has no element type {}", dtype_info(dtype).name);
  }
  if (shape.size() > internal::kSafetensorsMaxDims) {
    return fail(ErrorCode::kInvalidArgument, "{} dimensions: there may be {}", shape.size(),
                internal::kSafetensorsMaxDims);
  }
  const std::optional<uint64_t> elements = checked_product(shape);
  const auto bytes = elements ? dtype_bytes(dtype, *elements) : std::nullopt;
  if (!bytes) return fail(ErrorCode::kInvalidArgument, "more than 2^64 bytes");
  return *bytes;
}

}  // namespace

void SafetensorsWriter::add_metadata(std::string key, std::string value) {
  metadata_.insert_or_assign(std::move(key), std::move(value));
}

void SafetensorsWriter::add_tensor(std::string name, DType dtype, std::vector<uint64_t> shape,
                                   TensorProducer produce) {
  tensors_.push_back({std::move(name), dtype, std::move(shape), std::move(produce)});
}

std::vector<const TensorToWrite*> SafetensorsWriter::in_file_order() const {
  std::vector<const TensorToWrite*> order;
  for (const TensorToWrite& tensor : tensors_) order.push_back(&tensor);
  std::ranges::stable_sort(order, std::greater(),
                           [](const TensorToWrite* tensor) { return dtype_info(tensor->dtype).block_bytes; });
  return order;
}

Result<std::string> SafetensorsWriter::header(std::vector<StreamedTensor>& streamed) const {
  Json json = {{internal::kSafetensorsMetadata, metadata_}};
  uint64_t offset = 0;
  for (const TensorToWrite* tensor : in_file_order()) {
    const std::string where = fmt::format("tensor '{}'", tensor->name);
    const auto length = tensor_bytes(tensor->name, tensor->dtype, tensor->shape);
    if (!length) return tl::unexpected<Error>(length.error().with_context(where));
    const auto end = checked_add(offset, *length);
    if (!end) return fail(ErrorCode::kInvalidArgument, "{}: the tensors are too large for a file", where);
    if (json.contains(tensor->name)) {
      return fail(ErrorCode::kInvalidArgument, "{}: a tensor's name must be unique", where);
    }
    json[tensor->name] = {{"dtype", dtype_info(tensor->dtype).name},
                          {"shape", tensor->shape},
                          {"data_offsets", {offset, *end}}};
    streamed.push_back({tensor->name, *length, &tensor->produce});
    offset = *end;
  }
  std::string text = dump_json(json);
  text.resize(ceil_div(text.size(), kAlignment) * kAlignment, ' ');
  if (text.size() > internal::kSafetensorsMaxHeader) {
    return fail(ErrorCode::kInvalidArgument, "a header of {} bytes, more than the {} that are read",
                text.size(), internal::kSafetensorsMaxHeader);
  }
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

Status SafetensorsWriter::write(const std::string& path, const WriteProgress& progress) const {
  std::vector<StreamedTensor> streamed;
  const auto head = header(streamed);
  if (!head) return tl::unexpected<Error>(head.error().with_context(path));
  return write_tensor_file(path, *head, streamed, /*alignment=*/1, progress);
}

}  // namespace tern
