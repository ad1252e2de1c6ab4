// One Gemma 3 layer over all rows of a pass. Which keys it sees and how it turns them is
// config.windowed(index).
#include "models/pass.h"

namespace tern::gemma3 {

Status layer(Pass& pass, const LayerWeights& w, int64_t index) {
  // x += post_attention_layernorm(o_proj(attention(input_layernorm(x)))), q and k normed head by head
  pass.norm(pass.x, w.attn_norm, pass.h);
  TERN_TRY(pass.project(pass.h, {{w.q, pass.q}, {w.k, pass.k}, {w.v, pass.v}}));
  pass.norm_heads(pass.q, w.q_norm);
  pass.norm_heads(pass.k, w.k_norm);
  pass.rope(index, pass.q, pass.k);
  TERN_TRY(pass.store_kv(index, pass.k, pass.v));
  pass.attend(index, pass.q, pass.a);
  TERN_TRY(pass.project(pass.a, {{w.o, pass.h}}));
  pass.norm(pass.h, w.attn_post_norm, pass.h);
  pass.add(pass.h, pass.x);

  // x += post_feedforward_layernorm(down(gelu(gate(h)) * up(h))), h = pre_feedforward_layernorm(x)
  pass.norm(pass.x, w.ffn_norm, pass.h);
  TERN_TRY(pass.project_gate_up(pass.h, w.gate, w.up));
  pass.gated(index, pass.gate, pass.up, pass.gate);
  TERN_TRY(pass.project_down(pass.gate, w.down, pass.h));
  pass.norm(pass.h, w.ffn_post_norm, pass.h);
  pass.add(pass.h, pass.x);
  return {};
}

}  // namespace tern::gemma3
