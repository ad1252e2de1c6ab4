#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ternary/packing.h"

namespace tern {

enum class Activation { kRelu2, kSwiglu, kGeglu };
inline std::string_view activation_name(Activation activation) {
  return activation == Activation::kRelu2 ? "relu2" : activation == Activation::kSwiglu ? "swiglu" : "geglu";
}
/// As `hidden_act` of config.json has it.
inline std::string_view hidden_act_name(Activation activation) {
  return activation == Activation::kRelu2    ? "relu2"
         : activation == Activation::kSwiglu ? "silu"
                                             : "gelu_pytorch_tanh";
}

/// How the block's linear weights are meant.
enum class LinearKind {
  kDense,          ///< as stored
  kTernaryStored,  ///< BitLinear, trits in the file (`offline`)
  kTernaryOnline   ///< BitLinear, float master quantized by absmean at load (`online`)
};

/// An architecture's numbers, checked: every one positive and within limits, so that products fit in int64.
struct ModelConfig {
  std::string arch;         ///< canonical name (models/archs.inc)
  std::string source_arch;  ///< the name in the file, e.g. "bitnet-b1.58"
  int64_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, ffn = 0, vocab = 0,
          max_positions = 0;
  double rope_theta = 10000.0;
  /// Linear scaling: RoPE's frequencies are divided by it, but for windowed layers.
  float rope_factor = 1.0f;
  /// Keys that a query of a windowed layer sees, its own included.
  int64_t window = 0;
  std::vector<bool> windowed_layers;   ///< one a layer; empty: every layer sees all keys
  double window_rope_theta = 10000.0;  ///< of windowed layers
  float attention_scale = 0.0f;        ///< of the scores, always set: mostly 1/sqrt(head_dim)
  float embedding_scale = 1.0f;        ///< embeddings are multiplied by it
  float residual_scale = 1.0f;         ///< what a sublayer adds to the stream is multiplied by it
  float logit_divisor = 1.0f;          ///< the head's input is divided by it
  float rms_eps = 1e-5f;
  bool tied_head = false;
  bool sub_norms = false;     ///< attn_sub_norm, ffn_sub_norm
  bool linear_norms = false;  ///< use_rms_norm: an RMSNorm inside each BitLinear
  float linear_norm_eps = 1e-6f;
  bool qkv_bias = false;        ///< biases behind q, k and v
  bool norms_less_one = false;  ///< the file holds w - 1 for the weights w of norms
  Activation activation = Activation::kSwiglu;
  /// To show: kTernaryStored when any block linear is stored as trits, else kTernaryOnline when any is
  /// quantized at load. ModelFile::linear_kind() says what each is.
  LinearKind linear = LinearKind::kDense;
  /// What a block linear stored in a float type is (kDense or kTernaryOnline); nothing: the file does not
  /// say.
  std::optional<LinearKind> float_linear;
  ScaleOp scale_op = ScaleOp::kMultiply;
  std::vector<std::string> dense_modules;  ///< modules_to_not_convert beside the head
  bool llama_rope_rows = false;  ///< GGUF `llama`, `minicpm`: Q and K rows are permuted for interleaved RoPE
  int32_t bos = -1;
  std::vector<int32_t> eos;  ///< every end-of-text and end-of-turn token of the file

  bool windowed(int64_t layer) const {
    return !windowed_layers.empty() && windowed_layers[static_cast<size_t>(layer)];
  }
  /// The keys that a query of `layer` sees, its own included; 0: all.
  int64_t window_of(int64_t layer) const { return windowed(layer) ? window : 0; }
};

}  // namespace tern
