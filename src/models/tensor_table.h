#pragma once
// The tensor table of an architecture: each architecture's tensors.cc fills it, loader, inspect, synth and
// convert read it.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/config.h"

namespace tern {

/// The head's module in Hugging Face files, which no quantization touches.
constexpr std::string_view kHeadModule = "lm_head";

enum class TensorRole { kEmbedding, kNorm, kBias, kLinear, kHead };

struct TensorSpec {
  std::string name;       ///< canonical = Hugging Face name, e.g. "model.layers.0.self_attn.q_proj.weight"
  std::string gguf_name;  ///< e.g. "blk.0.attn_q.weight"; empty when GGUF has no such tensor
  TensorRole role;
  std::vector<uint64_t> shape;  ///< [out, in] or [n]
  bool rope_rows = false;       ///< rows follow the RoPE order (permuted in `llama` GGUF files)
};

/// Writes the lines of a table; the names' common parts ("model.layers.N.", "blk.N.") are stated here once.
class TensorTableBuilder {
 public:
  explicit TensorTableBuilder(const ModelConfig& config) : config_(config) {}
  /// "model.embed_tokens.weight" [vocab, hidden]. Comes first: a tied head is loaded from the first line.
  void embedding();
  /// "model.layers.<layer>.<name>.weight" [width]; in GGUF "blk.<layer>.<gguf_name>.weight".
  void norm(int64_t layer, std::string_view name, std::string_view gguf_name, int64_t width);
  /// Named as norm() names, [out, in]. With config.linear_norms, the norm inside the BitLinear too (not in a
  /// module that stays dense).
  void linear(int64_t layer, std::string_view name, std::string_view gguf_name, int64_t out, int64_t in,
              bool rope_rows = false);
  /// The bias of a linear, behind its line: "model.layers.<layer>.<name>.bias" [out].
  void bias(int64_t layer, std::string_view name, std::string_view gguf_name, int64_t out);
  /// "model.norm.weight" [hidden], and "lm_head.weight" [vocab, hidden] unless the head is tied.
  void final_norm_and_head();
  /// The table, in the order of the calls.
  std::vector<TensorSpec> take() { return std::move(table_); }

 private:
  const ModelConfig& config_;
  std::vector<TensorSpec> table_;
};

/// Whether the line's tensor makes logits: the head, or the embedding that stands in for it.
inline bool is_head(const ModelConfig& config, const TensorSpec& spec) {
  return spec.role == TensorRole::kHead || (spec.role == TensorRole::kEmbedding && config.tied_head);
}
/// "X.weight" -> "X": the module that a parameter belongs to.
std::string_view module_of(std::string_view parameter);
/// Whether `config.dense_modules` names `module`: from its start up to a dot, or as its end, as transformers
/// matches modules_to_not_convert.
bool is_dense_module(const ModelConfig& config, std::string_view module);
/// "X.weight" -> "X.weight_scale" (packed Hugging Face files).
std::string hf_scale_name(const TensorSpec& spec);
/// "blk.N.X.weight" -> "blk.N.X.scale" (mainline GGUF files, optional).
std::string gguf_scale_name(const TensorSpec& spec);
/// "X.weight" -> "X.rms_norm.weight", the norm inside a BitLinear.
std::string linear_norm_name(const TensorSpec& spec);

}  // namespace tern
