// One BitNet layer over all rows of a pass.
#include "models/pass.h"

namespace tern::bitnet {

Status layer(Pass& pass, const LayerWeights& w, int64_t index) {
  // x += o_proj(attn_sub_norm(attention(input_layernorm(x))))
  pass.norm(pass.x, w.attn_norm, pass.h);
  TERN_TRY(pass.project(pass.h, {{w.q, pass.q}, {w.k, pass.k}, {w.v, pass.v}}));
  pass.rope(index, pass.q, pass.k);
  TERN_TRY(pass.store_kv(index, pass.k, pass.v));
  pass.attend(index, pass.q, pass.a);
  pass.norm(pass.a, w.attn_sub_norm, pass.a);
  TERN_TRY(pass.project(pass.a, {{w.o, pass.h}}));
  pass.add(pass.h, pass.x);

  // x += down(ffn_sub_norm(relu(gate(h))^2 * up(h))), h = post_attention_layernorm(x)
  pass.norm(pass.x, w.ffn_norm, pass.h);
  TERN_TRY(pass.project_gate_up(pass.h, w.gate, w.up));
  pass.gated(index, pass.gate, pass.up, pass.gate);
  pass.norm(pass.gate, w.ffn_sub_norm, pass.gate);
  TERN_TRY(pass.project_down(pass.gate, w.down, pass.h));
  pass.add(pass.h, pass.x);
  return {};
}

}  // namespace tern::bitnet
