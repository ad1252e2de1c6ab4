// A plan becomes a file or a folder, tensor by tensor.
#include "base/atomic_file.h"
#include "base/atomic_folder.h"
#include "convert/convert.h"
#include "convert/dense_stream.h"
#include "convert/metadata.h"
#include "convert/trit_matrix.h"
#include "io/gguf.h"
#include "io/safetensors_writer.h"

namespace tern {
namespace {

/// Weights made at a time, so that masters never lie in memory as a whole.
constexpr size_t kMastersPiece = size_t{1} << 20;

class Writer {
 public:
  Writer(const ModelFile& file, const ConvertPlan& plan, ThreadPool* pool)
      : file_(file), plan_(plan), pool_(pool) {}

  Status produce(const PlannedTensor& tensor, const TensorSink& sink) const {
    switch (tensor.making) {
      case Making::kCopy:
      case Making::kRecode:
        return stream_dense(file_, *tensor.spec, tensor.dtype, order(*tensor.spec), pool_, sink);
      case Making::kTrits:
        return produce_trits(tensor, sink);
      case Making::kScale: {
        const float scale = plan_.linears[tensor.linear].scale.value;
        return sink({reinterpret_cast<const uint8_t*>(&scale), sizeof scale});
      }
      case Making::kMasters:
        return produce_masters(tensor, sink);
    }
    return {};
  }

  /// What a writer calls when it comes to `tensor`.
  TensorProducer producer(const PlannedTensor& tensor) const {
    return [this, &tensor](const TensorSink& sink) { return produce(tensor, sink); };
  }

 private:
  /// Rows as the output has them.
  RowOrder order(const TensorSpec& spec) const {
    const bool interleaved =
        spec.rope_rows && plan_.options.to == ConvertTarget::kGguf && plan_.config.arch == "llama";
    return RowOrder(interleaved ? plan_.config.head_dim : 0);
  }

  Status produce_trits(const PlannedTensor& tensor, const TensorSink& sink) const {
    TERN_ASSIGN(const TritMatrix matrix, read_trits(file_, *tensor.spec, order(*tensor.spec), pool_));
    const float multiplier = as_multiplier(plan_.linears[tensor.linear].scale);
    TERN_ASSIGN(const std::vector<uint8_t> bytes,
                encode_trits(matrix, tensor.dtype, plan_.options.layout, multiplier, pool_));
    return sink(bytes);
  }

  Status produce_masters(const PlannedTensor& tensor, const TensorSink& sink) const {
    TERN_ASSIGN(const TritMatrix matrix, read_trits(file_, *tensor.spec, order(*tensor.spec), pool_));
    const PlannedLinear& linear = plan_.linears[tensor.linear];
    MasterStream stream(linear.masters, linear.nonzero);
    std::vector<uint16_t> weights(std::min(kMastersPiece, matrix.trits.size()));
    for (size_t i = 0; i < matrix.trits.size(); i += weights.size()) {
      const auto trits =
          std::span(matrix.trits).subspan(i).first(std::min(weights.size(), matrix.trits.size() - i));
      stream.next(trits, weights.data());
      TERN_TRY(sink({reinterpret_cast<const uint8_t*>(weights.data()), trits.size() * sizeof(uint16_t)}));
    }
    return {};
  }

  const ModelFile& file_;
  const ConvertPlan& plan_;
  ThreadPool* pool_;
};

Status write_gguf(const ModelFile& file, const ConvertPlan& plan, const std::string& path, IfThere if_there,
                  ThreadPool* pool, const WriteProgress& progress) {
  const Writer producers(file, plan, pool);
  GgufWriter writer;
  TERN_TRY(add_gguf_metadata(file, plan, writer));
  for (const PlannedTensor& tensor : plan.tensors) {
    writer.add_tensor(tensor.name, tensor.dtype, tensor.shape, producers.producer(tensor));
  }
  return writer.write(path, progress, if_there);
}

Status write_folder(const ModelFile& file, const ConvertPlan& plan, const std::string& path, ThreadPool* pool,
                    const WriteProgress& progress) {
  TERN_ASSIGN(const std::vector<SideFile> side_files, hf_side_files(file, plan));
  TERN_ASSIGN(AtomicFolder folder, AtomicFolder::create(path));
  for (const SideFile& side : side_files) TERN_TRY(write_whole_file(folder.path(side.name), side.content));
  const Writer producers(file, plan, pool);
  SafetensorsWriter writer;
  for (const PlannedTensor& tensor : plan.tensors) {
    writer.add_tensor(tensor.name, tensor.dtype, tensor.shape, producers.producer(tensor));
  }
  TERN_TRY(writer.write(folder.path("model.safetensors"), progress));
  return folder.commit();
}

}  // namespace

Status write_conversion(const ModelFile& file, const ConvertPlan& plan, const std::string& output,
                        IfThere if_there, ThreadPool* pool, const WriteProgress& progress) {
  return plan.options.to == ConvertTarget::kGguf ? write_gguf(file, plan, output, if_there, pool, progress)
                                                 : write_folder(file, plan, output, pool, progress);
}

}  // namespace tern
