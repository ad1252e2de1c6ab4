#include "io/tensor_stream.h"

#include <array>

#include "base/atomic_file.h"
#include "base/check.h"
#include "base/checked_math.h"
#include "base/interrupt.h"

namespace tern {
namespace {

constexpr uint64_t kMaxAlignment = 32;

uint64_t padding(uint64_t position, uint64_t alignment) {
  return (alignment - position % alignment) % alignment;
}

Result<uint64_t> file_size(std::string_view header, std::span<const StreamedTensor> tensors,
                           uint64_t alignment) {
  std::optional<uint64_t> size = header.size();
  for (const StreamedTensor& tensor : tensors) {
    const auto padded = checked_align_up(tensor.length, alignment);
    size = padded ? checked_add(*size, *padded) : std::nullopt;
    if (!size) return fail(ErrorCode::kInvalidArgument, "the tensors are too large for a file");
  }
  return *size;
}

/// The sink of one tensor: holds its producer to the length that the header promises.
Status write_tensor(AtomicFile& file, const std::string& path, const StreamedTensor& tensor, uint64_t total,
                    const WriteProgress& progress) {
  uint64_t written = 0;
  const auto check_length = [&](bool right) -> Status {
    if (right) return {};
    return fail(ErrorCode::kInternal, "{}: tensor '{}': its producer gave {} bytes where {} were due", path,
                tensor.name, written, tensor.length);
  };
  const TensorSink sink = [&](std::span<const uint8_t> bytes) -> Status {
    if (interrupted()) return fail(ErrorCode::kInterrupted, "{}: interrupted; nothing was written", path);
    written += bytes.size();
    TERN_TRY(check_length(written <= tensor.length));
    TERN_TRY(file.write(bytes));
    if (progress) progress(file.position(), total);
    return {};
  };
  TERN_TRY((*tensor.produce)(sink));
  return check_length(written == tensor.length);
}

}  // namespace

Status write_tensor_file(const std::string& path, std::string_view header,
                         std::span<const StreamedTensor> tensors, uint64_t alignment,
                         const WriteProgress& progress, IfThere if_there) {
  TERN_CHECK(alignment >= 1 && alignment <= kMaxAlignment && header.size() % alignment == 0);
  const auto total = file_size(header, tensors, alignment);
  if (!total) return tl::unexpected<Error>(total.error().with_context(path));
  TERN_ASSIGN(AtomicFile file, AtomicFile::create(path));
  TERN_TRY(file.write(header));
  static constexpr std::array<uint8_t, kMaxAlignment> kZeros{};
  for (const StreamedTensor& tensor : tensors) {
    TERN_TRY(write_tensor(file, path, tensor, *total, progress));
    TERN_TRY(file.write(std::span(kZeros).first(padding(tensor.length, alignment))));
  }
  return file.commit(if_there);
}

}  // namespace tern
