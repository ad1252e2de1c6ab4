#pragma once
// What the writers of model files share: tensors that are produced piece by piece and streamed to an atomic
// file.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "tensor/dtype.h"

namespace tern {

/// Takes the next bytes of a tensor.
using TensorSink = std::function<Status(std::span<const uint8_t>)>;
/// Gives all bytes of a tensor to the sink, in pieces of any size.
using TensorProducer = std::function<Status(const TensorSink&)>;
/// Bytes written and their total; may be empty.
using WriteProgress = std::function<void(uint64_t done, uint64_t total)>;

/// A tensor as a writer is told of it. `shape` outermost first.
struct TensorToWrite {
  std::string name;
  DType dtype;
  std::vector<uint64_t> shape;
  TensorProducer produce;
};

/// A tensor on its way to a file; refers to what its writer holds.
struct StreamedTensor {
  std::string_view name;
  uint64_t length;  ///< bytes that `produce` must give
  const TensorProducer* produce;
};

/// Writes `header`, then each tensor, padded with zeros to a multiple of `alignment` bytes (at most 32).
/// Atomic. kInvalidArgument when the file would have 2^64 bytes or more, kInternal when a producer gives
/// another number of bytes than it should, kInterrupted on Ctrl-C, kIo, and what producers return; the target
/// is then as it was.
Status write_tensor_file(const std::string& path, std::string_view header,
                         std::span<const StreamedTensor> tensors, uint64_t alignment,
                         const WriteProgress& progress, IfThere if_there = IfThere::kReplace);

}  // namespace tern
