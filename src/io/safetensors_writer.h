#pragma once
// safetensors: writer of one file.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "io/tensor_stream.h"
#include "tensor/dtype.h"

namespace tern {

/// Collects metadata and tensor descriptions, then streams tensor data. Atomic: temporary name, sync, rename.
class SafetensorsWriter {
 public:
  /// A line of `__metadata__`, which always has "format": "pt". A later value replaces an earlier one.
  void add_metadata(std::string key, std::string value);
  /// `dtype` F32, F16, BF16 or U8; `shape` outermost first, [] is one element. `produce` gives exactly
  /// dtype_bytes() bytes; called once. The format has no padding, so tensors of larger elements go first in
  /// the file, that all be aligned; of equal ones, those added first. Producers are called in that order.
  void add_tensor(std::string name, DType dtype, std::vector<uint64_t> shape, TensorProducer produce);
  /// kInvalidArgument or kUnsupported for a name, type or shape that the format or our reader refuses;
  /// otherwise as write_tensor_file().
  Status write(const std::string& path, const WriteProgress& progress) const;

 private:
  std::vector<const TensorToWrite*> in_file_order() const;
  /// All bytes before the tensor data; `streamed` gets the tensors in file order.
  Result<std::string> header(std::vector<StreamedTensor>& streamed) const;
  std::map<std::string, std::string> metadata_ = {{"format", "pt"}};
  std::vector<TensorToWrite> tensors_;
};

}  // namespace tern
