#pragma once
// All weights of a model, and what loads them.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/thread_pool.h"
#include "models/head.h"
#include "models/linear.h"
#include "models/model.h"
#include "models/model_file.h"

namespace tern {

struct LayerWeights {
  Norm attn_norm, attn_sub_norm, ffn_norm, ffn_sub_norm;
  Norm q_norm, k_norm;                 ///< of each head
  Norm attn_post_norm, ffn_post_norm;  ///< over what a sublayer adds to the stream
  Linear q, k, v, o, gate, up, down;
};

struct Embedding {
  DType dtype = DType::kF32;
  const uint8_t* rows = nullptr;
  size_t row_bytes = 0;
};

/// `file` must outlive them.
struct ModelWeights {
  Arena memory;  ///< of all matrices but the head, which has its own, and the embedding, which stays in the
                 ///< file
  Embedding embedding;
  std::vector<LayerWeights> layers;
  Norm final_norm;
  std::optional<Head> head;
};

/// What the tensor of one table line is to the kernels, without its weights and scale: kUnsupported when
/// nothing.
Result<Linear> describe_linear(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options);
/// The further layouts that the tensor of a table line gets, if it is ternary.
SparseUse sparse_use(const ModelConfig& config, const TensorSpec& spec);
/// Bytes that load_linear() takes for a linear as describe_linear() describes it.
uint64_t linear_memory(const Linear& linear, SparseUse sparse);
/// Loads the tensor of one table line (role kLinear or kHead) into `memory`. Ternary linears end as t2x16 or
/// t5x16 (LoadOptions::packing), however the file packs them; decode_t2x16_row gives the trits of the first.
/// Rows of `llama` GGUF files come back in Hugging Face order. The bias is left out. Errors name file and
/// tensor: kBadFile, kUnsupported, kNonFinite.
Result<Linear> load_linear(const ModelFile& file, const TensorSpec& spec, const LoadOptions& options,
                           SparseUse sparse, ThreadPool* pool, Arena* memory);
/// A norm's or bias's tensor as float32; kNonFinite when an element is not finite.
Result<AlignedBuffer<float>> load_vector(const ModelFile& file, const TensorSpec& spec);
/// A norm's weights as float32, 1 added where the file leaves it out; errors as load_vector().
Result<Norm> load_norm(const ModelFile& file, const TensorSpec& spec, float eps);
/// Bytes that load_weights() takes for matrices; what it leaves in the mapped file is not counted, nor a
/// whole head that is loaded only when somebody asks for all logits. Errors: as describe_linear().
Result<uint64_t> weights_memory(const ModelFile& file, const LoadOptions& options);
/// Everything in the table. Draws a progress bar when it takes long; kInterrupted on Ctrl-C.
Result<ModelWeights> load_weights(const ModelFile& file, const LoadOptions& options, ThreadPool* pool);

}  // namespace tern
