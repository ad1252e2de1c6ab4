// One MiniCPM layer over all rows of a pass. The scales of embeddings and logits are not the layer's.
#include "models/pass.h"

namespace tern::minicpm {

Status layer(Pass& pass, const LayerWeights& w, int64_t index) {
  // x += o_proj(attention(input_layernorm(x))) * residual_scale
  pass.norm(pass.x, w.attn_norm, pass.h);
  TERN_TRY(pass.project(pass.h, {{w.q, pass.q}, {w.k, pass.k}, {w.v, pass.v}}));
  pass.rope(index, pass.q, pass.k);
  TERN_TRY(pass.store_kv(index, pass.k, pass.v));
  pass.attend(index, pass.q, pass.a);
  TERN_TRY(pass.project(pass.a, {{w.o, pass.h}}));
  pass.add_scaled(pass.h, pass.x);

  // x += down(silu(gate(h)) * up(h)) * residual_scale, h = post_attention_layernorm(x)
  pass.norm(pass.x, w.ffn_norm, pass.h);
  TERN_TRY(pass.project_gate_up(pass.h, w.gate, w.up));
  pass.gated(index, pass.gate, pass.up, pass.gate);
  TERN_TRY(pass.project_down(pass.gate, w.down, pass.h));
  pass.add_scaled(pass.h, pass.x);
  return {};
}

}  // namespace tern::minicpm
