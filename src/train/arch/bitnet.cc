#include "train/arch/bitnet.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "train/recompute.h"

namespace tern::train {
namespace {

class Bitnet final : public Module {
 public:
  Bitnet(const ModelConfig& config, const Parameters& parameters, Ops& ops, const ModuleOptions& options)
      : Module(parameters, ops, options),
        eps_(config.rms_eps),
        shape_{config.heads, config.kv_heads, config.head_dim, config.rope_theta},
        embedding_(parameters.at("model.embed_tokens.weight")),
        final_norm_(parameters.at("model.norm.weight")) {
    for (int64_t l = 0; l < config.layers; ++l) {
      const auto norm = [&](std::string_view name) {
        return &parameters.at(fmt::format("model.layers.{}.{}.weight", l, name));
      };
      const auto linear = [&](std::string_view name) {
        const Parameter* weight = norm(name);
        const auto found = std::find_if(linears_.begin(), linears_.end(),
                                        [&](const BitLinear& one) { return &one.weight() == weight; });
        TERN_CHECK(found != linears_.end());
        return &*found;
      };
      layers_.push_back(
          {.attn_norm = norm("input_layernorm"),
           .attn_sub_norm = norm("self_attn.attn_sub_norm"),
           .ffn_norm = norm("post_attention_layernorm"),
           .ffn_sub_norm = norm("mlp.ffn_sub_norm"),
           .qkv = {linear("self_attn.q_proj"), linear("self_attn.k_proj"), linear("self_attn.v_proj")},
           .o = {linear("self_attn.o_proj")},
           .gate_up = {linear("mlp.gate_proj"), linear("mlp.up_proj")},
           .down = linear("mlp.down_proj")});
    }
  }

  at::Tensor hidden(const at::Tensor& ids, const Segments& segments) override {
    at::Tensor x = ops_.embed(embedding_, ids);
    for (const Layer& of : layers_) {
      // Both outlive the backward pass that may call this again.
      const auto body = [this, &of, &segments](const at::Tensor& in) { return layer(of, in, segments); };
      x = options_.recompute ? recomputed(body, x) : body(x);
    }
    return ops_.norm(x, final_norm_, eps_);
  }

  const Parameter& head() const override { return embedding_; }

 private:
  struct Layer {
    const Parameter *attn_norm, *attn_sub_norm, *ffn_norm, *ffn_sub_norm;
    std::vector<const BitLinear*> qkv, o, gate_up;
    const BitLinear* down;
  };

  at::Tensor layer(const Layer& of, at::Tensor x, const Segments& segments) {
    // x += o_proj(attn_sub_norm(attention(input_layernorm(x))))
    const auto qkv = ops_.norm_linears(x, *of.attn_norm, eps_, of.qkv);
    const at::Tensor a = ops_.attention(qkv[0], qkv[1], qkv[2], segments, shape_);
    x = x + ops_.norm_linears(a, *of.attn_sub_norm, eps_, of.o)[0];

    // x += down(ffn_sub_norm(relu(gate(h))^2 * up(h))), h = post_attention_layernorm(x)
    const auto gate_up = ops_.norm_linears(x, *of.ffn_norm, eps_, of.gate_up);
    return x + ops_.gated_norm_linear(gate_up[0], gate_up[1], *of.ffn_sub_norm, eps_, *of.down);
  }

  float eps_;
  AttentionShape shape_;
  const Parameter &embedding_, &final_norm_;
  std::vector<Layer> layers_;
};

}  // namespace

Result<std::unique_ptr<Module>> make_bitnet(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                            const ModuleOptions& options) {
  if (!config.tied_head)
    return fail(ErrorCode::kUnsupported, "tie_word_embeddings: the trainer needs a tied head");
  if (config.activation != Activation::kRelu2)
    return fail(ErrorCode::kUnsupported, "hidden_act: the trainer knows relu2 only");
  return std::make_unique<Bitnet>(config, parameters, ops, options);
}

}  // namespace tern::train
