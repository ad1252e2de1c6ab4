// The tensors of a Llama model.
#include "models/llama/llama.h"

namespace tern::llama {

std::vector<TensorSpec> tensor_table(const ModelConfig& config) {
  TensorTableBuilder table(config);
  table.embedding();
  for (int64_t l = 0; l < config.layers; ++l) {
    const int64_t attention = config.heads * config.head_dim, kv = config.kv_heads * config.head_dim;
    table.norm(l, "input_layernorm", "attn_norm", config.hidden);
    table.linear(l, "self_attn.q_proj", "attn_q", attention, config.hidden, true);
    table.linear(l, "self_attn.k_proj", "attn_k", kv, config.hidden, true);
    table.linear(l, "self_attn.v_proj", "attn_v", kv, config.hidden);
    if (config.qkv_bias) {
      table.bias(l, "self_attn.q_proj", "attn_q", attention);
      table.bias(l, "self_attn.k_proj", "attn_k", kv);
      table.bias(l, "self_attn.v_proj", "attn_v", kv);
    }
    table.linear(l, "self_attn.o_proj", "attn_output", config.hidden, attention);
    table.norm(l, "post_attention_layernorm", "ffn_norm", config.hidden);
    table.linear(l, "mlp.gate_proj", "ffn_gate", config.ffn, config.hidden);
    table.linear(l, "mlp.up_proj", "ffn_up", config.ffn, config.hidden);
    table.linear(l, "mlp.down_proj", "ffn_down", config.hidden, config.ffn);
  }
  table.final_norm_and_head();
  return table.take();
}

}  // namespace tern::llama
