// The tensors of a Gemma 3 model: norms before and behind each sublayer, and over each head of q and k.
#include "models/tensor_table.h"

namespace tern::gemma3 {

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  TensorTableBuilder table(config);
  table.embedding();
  for (int64_t l = 0; l < config.layers; ++l) {
    const int64_t attention = config.heads * config.head_dim, kv = config.kv_heads * config.head_dim;
    table.norm(l, "input_layernorm", "attn_norm", config.hidden);
    table.linear(l, "self_attn.q_proj", "attn_q", attention, config.hidden, true);
    table.linear(l, "self_attn.k_proj", "attn_k", kv, config.hidden, true);
    table.linear(l, "self_attn.v_proj", "attn_v", kv, config.hidden);
    table.norm(l, "self_attn.q_norm", "attn_q_norm", config.head_dim);
    table.norm(l, "self_attn.k_norm", "attn_k_norm", config.head_dim);
    table.linear(l, "self_attn.o_proj", "attn_output", config.hidden, attention);
    table.norm(l, "post_attention_layernorm", "post_attention_norm", config.hidden);
    table.norm(l, "pre_feedforward_layernorm", "ffn_norm", config.hidden);
    table.linear(l, "mlp.gate_proj", "ffn_gate", config.ffn, config.hidden);
    table.linear(l, "mlp.up_proj", "ffn_up", config.ffn, config.hidden);
    table.linear(l, "mlp.down_proj", "ffn_down", config.hidden, config.ffn);
    table.norm(l, "post_feedforward_layernorm", "post_ffw_norm", config.hidden);
  }
  table.final_norm_and_head();
  return table.take();
}

}  // namespace tern::gemma3
