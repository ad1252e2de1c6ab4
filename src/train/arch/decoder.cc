#include "train/arch/decoder.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "train/recompute.h"

namespace tern::train {
namespace {

class Decoder final : public Module {
 public:
  Decoder(const ModelConfig& config, const Parameters& parameters, Ops& ops, const ModuleOptions& options)
      : Module(parameters, ops, options),
        eps_(config.rms_eps),
        shape_{config.heads, config.kv_heads, config.head_dim, config.rope_theta},
        activation_(config.activation),
        embedding_(parameters.at("model.embed_tokens.weight")),
        head_(config.tied_head ? embedding_ : parameters.at("lm_head.weight")),
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
      const auto sub_norm = [&](std::string_view name) { return config.sub_norms ? norm(name) : nullptr; };
      layers_.push_back(
          {.attn_norm = norm("input_layernorm"),
           .attn_sub_norm = sub_norm("self_attn.attn_sub_norm"),
           .ffn_norm = norm("post_attention_layernorm"),
           .ffn_sub_norm = sub_norm("mlp.ffn_sub_norm"),
           .qkv = {linear("self_attn.q_proj"), linear("self_attn.k_proj"), linear("self_attn.v_proj")},
           .o = {linear("self_attn.o_proj")},
           .gate_up = {linear("mlp.gate_proj"), linear("mlp.up_proj")},
           .down = linear("mlp.down_proj")});
    }
  }

  at::Tensor hidden(const at::Tensor& ids, const Segments& segments, Projections* projections) override {
    at::Tensor x = ops_.embed(embedding_, ids);
    for (size_t l = 0; l < layers_.size(); ++l) {
      const Layer& of = layers_[l];
      Projections* const shown =
          projections != nullptr && projections->layer == static_cast<int64_t>(l) ? projections : nullptr;
      // Both outlive the backward pass that may call this again.
      const auto body = [this, &of, &segments, shown](const at::Tensor& in) {
        return layer(of, in, segments, shown);
      };
      // What is shown must have its way back here, so that layer is kept.
      x = options_.recompute && shown == nullptr ? recomputed(body, x) : body(x);
    }
    return ops_.norm(x, final_norm_, eps_);
  }

  const Parameter& head() const override { return head_; }

 private:
  struct Layer {
    const Parameter *attn_norm, *attn_sub_norm, *ffn_norm, *ffn_sub_norm;  ///< sub-norms: or nullptr
    std::vector<const BitLinear*> qkv, o, gate_up;
    const BitLinear* down;
  };

  at::Tensor layer(const Layer& of, at::Tensor x, const Segments& segments, Projections* projections) {
    // x += o_proj(attn_sub_norm(attention(input_layernorm(x))))
    const auto qkv = ops_.norm_linears(x, of.attn_norm, eps_, of.qkv);
    // Attention may write into what it gets.
    if (projections != nullptr) projections->qkv = {qkv[0].clone(), qkv[1].clone(), qkv[2].clone()};
    const at::Tensor a = ops_.attention(qkv[0], qkv[1], qkv[2], segments, shape_);
    x = x + ops_.norm_linears(a, of.attn_sub_norm, eps_, of.o)[0];

    // x += down(ffn_sub_norm(act(gate(h)) * up(h))), h = post_attention_layernorm(x)
    const auto gate_up = ops_.norm_linears(x, of.ffn_norm, eps_, of.gate_up);
    return x + ops_.gated_norm_linear(gate_up[0], gate_up[1], activation_, of.ffn_sub_norm, eps_, *of.down);
  }

  float eps_;
  AttentionShape shape_;
  Activation activation_;
  const Parameter &embedding_, &head_, &final_norm_;
  std::vector<Layer> layers_;
};

}  // namespace

std::unique_ptr<Module> make_decoder(const ModelConfig& config, const Parameters& parameters, Ops& ops,
                                     const ModuleOptions& options) {
  return std::make_unique<Decoder>(config, parameters, ops, options);
}

}  // namespace tern::train
