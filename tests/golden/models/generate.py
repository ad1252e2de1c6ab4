#!/usr/bin/env python3
"""Small random models and the logits that transformers computes for them: float32, eager, on the CPU.

    TORCHDYNAMO_DISABLE=1 python generate.py [NAME]..     (torch, transformers, accelerate, safetensors, gguf, numpy)

NAME: only these models. Other versions of torch may change the last bits of the others' logits.

Each folder beside this file is one model: what a user would have (config.json + model.safetensors, or model.gguf),
golden.json (token ids, tolerance) and logits.npy (one row a kept position, in the order of golden.json).
src/models/oracle_test.cc reads them.

The quantized models run through transformers' own BitLinear and AutoBitLinear (integrations/bitnet.py); its quantizers
are torch.compile'd, so dynamo is switched off: eager only. Where its arithmetic is not Tern's (docs/numerics.md):
  BitLinear      y = acc / (a*s), Tern acc/a/s: two roundings each, at most 4u apart (u = 2^-24).
  AutoBitLinear  y = sum(T * fl(q/a)) * ws in float32, Tern float(acc)/a*ws with an exact integer acc.
  online         ws = float32 mean of |W| in torch's order, T*ws as T/(1/ws); Tern's mean is a double.
  activations    a = fl(127 * fl(1/m)), as torch divides a number by a tensor, Tern fl(127/m): at most 3u apart;
                 clamp to [-128, 127], but |x*a| <= 127 up to roundings, so -128 never occurs.
  RMSNorm        torch.rsqrt, Tern 1/sqrt; sums of squares in another order.
  RoPE           frequencies by a float32 pow, Tern rounds them once from double: angles differ by up to 3u of them.
  GELU           x/2*(1 + tanh(u)), Tern x/(1 + exp(-2u)): a few u of x either way.
MiniCPM's own code is not part of transformers; Granite's has the same scales and is run in its place.
None of these may flip an int8: see Watch. What is left are roundings, bounded in tolerance().
"""

import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import gguf
import numpy as np
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.integrations.bitnet import AutoBitLinear, BitLinear, pack_weights

HERE = Path(__file__).resolve().parent
U = 2.0**-24
# A sequence is kept only when every x*a of every BitLinear lies this far from a rounding boundary (k + 0.5).
FLIP_MARGIN = 1e-3
CANDIDATES = 48
LONG, KEPT_OF_LONG, SHORT = 90, 30, (10, 10, 10)  # 90 crosses a page of 64 keys
BF16, F16, F32 = torch.bfloat16, torch.float16, torch.float32


@dataclass
class Spec:
    name: str
    seed: int
    arch: str  # "bitnet" | "llama" | "qwen2" | "gemma3_text" | "minicpm"
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn: int
    vocab: int
    tied: bool
    layers: int = 2
    quant: dict | None = None  # quantization_config
    dtype: torch.dtype = BF16  # of everything that is not packed
    scale_dtype: torch.dtype = BF16
    eps: float = 1e-5
    theta: float = 10000.0
    new_style: bool = False  # config.json as transformers 5 writes it: rope_parameters, dtype
    more: dict = field(default_factory=dict)  # further fields of config.json
    gguf: dict = field(default_factory=dict)  # {"arch": .., "types": {[layer.]linear, "embed_tokens", "lm_head": type}}


def autobit(**more):
    return {"quant_method": "bitnet", "linear_class": "autobitlinear", "quantization_mode": "offline",
            "modules_to_not_convert": ["lm_head"], **more}


MODELS = [
    # As microsoft/bitnet-b1.58-2B-4T: packed, multiplying scale, tied head.
    Spec("bitnet_packed", 1, "bitnet", 72, 6, 2, 12, 100, 97, True, quant=autobit(), theta=500000.0),
    # The default class: dividing scale; untied head; an eps that shows.
    Spec("bitnet_divide", 2, "bitnet", 72, 4, 2, 18, 100, 160, False, eps=1e-3,
         quant={"quant_method": "bitnet", "modules_to_not_convert": None}),
    # bf16 masters, quantized at load.
    Spec("bitnet_online", 3, "bitnet", 40, 4, 1, 10, 60, 97, True, new_style=True,
         quant=autobit(quantization_mode="online")),
    # An RMSNorm inside each BitLinear, with an eps of its own.
    Spec("bitnet_rms_norm", 4, "bitnet", 72, 6, 3, 12, 100, 97, True,
         quant=autobit(use_rms_norm=True, rms_norm_eps=1e-2)),
    Spec("llama_f32", 5, "llama", 36, 3, 1, 16, 52, 97, False, dtype=F32, eps=1e-2),  # heads*head_dim != hidden
    Spec("llama_bf16", 6, "llama", 40, 4, 2, 10, 60, 97, True, new_style=True, eps=1e-6),
    # As Llama3-8B-1.58: Llama blocks with BitLinear; one linear is left dense.
    Spec("llama_packed", 7, "llama", 72, 4, 2, 18, 100, 97, False, theta=500000.0,
         quant={"quant_method": "bitnet", "linear_class": "bitlinear", "quantization_mode": "offline",
                "modules_to_not_convert": ["lm_head", "model.layers.1.mlp.down_proj"]}),
    # As the published GGUF of 2B4T. Rows of 96 must be repacked, rows of 256 (down) lie as the kernels want them.
    Spec("gguf_i2_s", 8, "bitnet", 96, 4, 2, 24, 256, 97, True, quant=autobit(), dtype=F16, scale_dtype=F32,
         gguf={"arch": "bitnet-b1.58", "types": {}, "default": "I2_S"}),
    Spec("gguf_tq", 9, "bitnet", 256, 8, 1, 32, 256, 97, True, layers=1, quant=autobit(), dtype=F16, scale_dtype=F16,
         gguf={"arch": "bitnet", "types": {"q_proj": "TQ2_0", "up_proj": "TQ2_0", "down_proj": "TQ2_0"},
               "default": "TQ1_0"}),
    Spec("gguf_llama", 10, "llama", 96, 4, 2, 24, 160, 97, False, dtype=F16,
         gguf={"arch": "llama", "types": {"v_proj": "Q8_0", "down_proj": "Q8_0"}, "default": "Q4_1"}),
    # Every dense block type of the LLaMA family's files at once; o and down have rows of 32, the others of 256.
    Spec("gguf_mixed", 11, "llama", 256, 2, 1, 16, 32, 41, False, dtype=F16,
         gguf={"arch": "llama", "random_blocks": True, "types": {
             "embed_tokens": "Q4_K", "lm_head": "Q6_K",
             "0.q_proj": "Q2_K", "0.k_proj": "Q3_K", "0.v_proj": "Q4_K", "0.o_proj": "Q5_0", "0.gate_proj": "Q5_K",
             "0.up_proj": "Q6_K", "0.down_proj": "IQ4_NL",
             "1.q_proj": "Q4_K", "1.k_proj": "Q5_K", "1.v_proj": "Q5_K", "1.o_proj": "Q4_0", "1.gate_proj": "Q3_K",
             "1.up_proj": "Q2_K", "1.down_proj": "Q5_1"}}),
    # As Qwen2.5: a window that is stated and not used.
    Spec("qwen2_bf16", 12, "qwen2", 40, 4, 2, 10, 60, 97, True, eps=1e-6, theta=1e6,
         more={"sliding_window": 16, "use_sliding_window": False, "max_window_layers": 1}),
    Spec("gguf_qwen2", 13, "qwen2", 64, 4, 2, 16, 96, 97, False, dtype=F16, theta=1e6,
         gguf={"arch": "qwen2", "types": {}, "default": "Q8_0"}),
    # As Gemma 3 1B, and with the RoPE factor of the larger ones; sqrt(40) is no bfloat16. 90 tokens leave a window of 16.
    Spec("gemma3_bf16", 14, "gemma3_text", 40, 4, 2, 12, 60, 97, True, layers=3, eps=1e-6, theta=1e6,
         more={"sliding_window": 16, "sliding_window_pattern": 3, "rope_local_base_freq": 10000.0,
               "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "query_pre_attn_scalar": 20}),
    Spec("gemma3_f32", 15, "gemma3_text", 40, 2, 1, 12, 60, 97, True, dtype=F32, eps=1e-6, theta=1e6, new_style=True,
         more={"sliding_window": 70, "layer_types": ["full_attention", "sliding_attention"],
               "query_pre_attn_scalar": 12}),
    # Six layers, of which the last sees all keys: GGUF does not say so.
    Spec("gguf_gemma3", 16, "gemma3_text", 32, 2, 1, 16, 32, 97, True, layers=6, dtype=F16, eps=1e-6, theta=1e6,
         more={"sliding_window": 20, "rope_local_base_freq": 10000.0, "query_pre_attn_scalar": 16,
               "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
         gguf={"arch": "gemma3", "types": {}, "default": "Q8_0"}),
    Spec("minicpm_bf16", 17, "minicpm", 40, 4, 2, 10, 60, 97, True,
         more={"scale_emb": 3, "scale_depth": 1.4, "dim_model_base": 16}),
    Spec("gguf_minicpm", 18, "minicpm", 32, 4, 4, 8, 64, 97, True, dtype=F16,
         more={"scale_emb": 3, "scale_depth": 1.4, "dim_model_base": 12},
         gguf={"arch": "minicpm", "types": {}, "default": "Q8_0"}),
]

# Standard deviation of a linear's output on a unit input: attention that looks at something, and contributions to the
# residual stream that stay below the embedding's 1.
GAIN = {"q_proj": 1.4, "k_proj": 1.4, "v_proj": 1.0, "o_proj": 0.4, "gate_proj": 1.0, "up_proj": 1.0, "down_proj": 0.4}
GGUF_NAME = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output",
             "gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down",
             "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
             "self_attn.attn_sub_norm": "attn_sub_norm", "mlp.ffn_sub_norm": "ffn_sub_norm"}
GEMMA_GGUF_NAME = {"q_norm": "attn_q_norm", "k_norm": "attn_k_norm", "post_attention_layernorm": "post_attention_norm",
                   "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm"}
HF_CLASS = {"bitnet": "BitNetForCausalLM", "llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM",
            "gemma3_text": "Gemma3ForCausalLM", "minicpm": "MiniCPMForCausalLM"}


def linears(spec):
    """(module name, out, in) of each block linear."""
    q, kv = spec.heads * spec.head_dim, spec.kv_heads * spec.head_dim
    for i in range(spec.layers):
        a, m = f"model.layers.{i}.self_attn.", f"model.layers.{i}.mlp."
        yield a + "q_proj", q, spec.hidden
        yield a + "k_proj", kv, spec.hidden
        yield a + "v_proj", kv, spec.hidden
        yield a + "o_proj", spec.hidden, q
        yield m + "gate_proj", spec.ffn, spec.hidden
        yield m + "up_proj", spec.ffn, spec.hidden
        yield m + "down_proj", spec.hidden, spec.ffn


def short(name):
    return name.rsplit(".", 1)[-1]


def ternary(w):
    """Trits of a float matrix; only a way to draw them."""
    return torch.clamp(torch.round(w / w.abs().mean()), -1, 1)


def draw(spec):
    """The state dict as Hugging Face stores it, and the trits and scales of packed linears for GGUF."""
    rng = torch.Generator().manual_seed(spec.seed)

    def normal(*shape):
        return torch.randn(*shape, generator=rng)

    state, packed = {}, {}

    gemma = int(spec.arch == "gemma3_text")  # whose norms are stored less 1

    def norm(name, n, size=1.0):
        state[name + ".weight"] = (size * (1 + 0.2 * normal(n)) - gemma).to(spec.dtype)

    # Such that the stream starts at 1, as scaled.
    scale = spec.hidden**0.5 if gemma else spec.more.get("scale_emb", 1)
    state["model.embed_tokens.weight"] = (normal(spec.vocab, spec.hidden) / scale).to(spec.dtype)
    for i in range(spec.layers):
        p = f"model.layers.{i}."
        norm(p + "input_layernorm", spec.hidden)
        norm(p + "post_attention_layernorm", spec.hidden, 0.4 if gemma else 1.0)
        if gemma:
            norm(p + "self_attn.q_norm", spec.head_dim, 1.4)
            norm(p + "self_attn.k_norm", spec.head_dim, 1.4)
            norm(p + "pre_feedforward_layernorm", spec.hidden)
            norm(p + "post_feedforward_layernorm", spec.hidden, 0.4)
        if spec.arch == "bitnet":
            norm(p + "self_attn.attn_sub_norm", spec.hidden)
            norm(p + "mlp.ffn_sub_norm", spec.ffn)
    # Random signs: otherwise a tied head would find the input token again, whatever the blocks add.
    signs = torch.sign(normal(spec.hidden))
    state["model.norm.weight"] = (signs * (1 + 0.2 * normal(spec.hidden)) - gemma).to(spec.dtype)
    if not spec.tied:
        state["lm_head.weight"] = (normal(spec.vocab, spec.hidden) / spec.hidden**0.5 * 3).to(spec.dtype)

    for name, out, cols in linears(spec):
        w = normal(out, cols) * (GAIN[short(name)] / cols**0.5)
        if spec.arch == "qwen2" and short(name) in ("q_proj", "k_proj", "v_proj"):
            state[name + ".bias"] = (0.5 * normal(out)).to(spec.dtype)
        dense = (spec.quant or {}).get("modules_to_not_convert") or []
        if spec.quant is None or name in dense:
            state[name + ".weight"] = w.to(spec.dtype)
            continue
        if spec.quant.get("use_rms_norm"):
            norm(name + ".rms_norm", cols)
        if spec.quant.get("quantization_mode") == "online":
            master = w.to(spec.dtype)
            ratio = master.double().abs() / master.double().abs().mean()
            # No trit may hang on the last bits of the mean.
            assert (ratio - 0.5).abs().min() > 1e-6, name
            state[name + ".weight"] = master
            continue
        trits = ternary(w)
        if spec.name == "gguf_tq" and short(name) in ("k_proj", "q_proj"):
            trits[3] = 0  # a block of 256 zeros, stored with d = 0
        scale = w.abs().mean()
        divide = spec.quant.get("linear_class") != "autobitlinear"
        stored = (1 / scale if divide else scale).to(spec.scale_dtype)
        packed[name] = (trits, stored.float())
        state[name + ".weight"] = pack_weights(trits.clone())
        state[name + ".weight_scale"] = stored.reshape(1)
    return state, packed


def config(spec):
    act = {"bitnet": "relu2", "gemma3_text": "gelu_pytorch_tanh"}.get(spec.arch, "silu")
    c = {"architectures": [HF_CLASS[spec.arch]], "model_type": spec.arch,
         "hidden_activation" if spec.arch == "gemma3_text" else "hidden_act": act,
         "hidden_size": spec.hidden, "intermediate_size": spec.ffn, "num_hidden_layers": spec.layers,
         "num_attention_heads": spec.heads, "num_key_value_heads": spec.kv_heads, "vocab_size": spec.vocab,
         "max_position_embeddings": 128, "rms_norm_eps": spec.eps, "tie_word_embeddings": spec.tied,
         "attention_bias": False, "bos_token_id": 0, "eos_token_id": 1}
    dtype = str(spec.dtype).split(".")[1]
    if spec.new_style:
        rope = {"rope_theta": spec.theta, "rope_type": "default"}
        if spec.arch == "gemma3_text":
            rope = {"full_attention": rope, "sliding_attention": {"rope_theta": 10000.0, "rope_type": "default"}}
        c |= {"dtype": dtype, "rope_parameters": rope}
    else:
        c |= {"torch_dtype": dtype, "rope_theta": spec.theta}
    if spec.head_dim * spec.heads != spec.hidden or spec.arch == "gemma3_text":
        c["head_dim"] = spec.head_dim
    if spec.quant is not None:
        c["quantization_config"] = spec.quant
    return c | spec.more


def oracle_config(spec):
    """config() for transformers, which does not know every architecture by its name."""
    c = config(spec)
    if spec.arch == "minicpm":
        c |= {"architectures": ["GraniteForCausalLM"], "model_type": "granite", "attention_multiplier": spec.head_dim**-0.5,
              "embedding_multiplier": spec.more["scale_emb"],
              "residual_multiplier": spec.more["scale_depth"] / spec.layers**0.5, "logits_scaling": logit_divisor(spec)}
    return c


def logit_divisor(spec):
    return spec.hidden / spec.more["dim_model_base"] if spec.arch == "minicpm" else 1.0


def write_folder(fields, state, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(fields, indent=1) + "\n")
    save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors", metadata={"format": "pt"})


def load(spec, folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=F32, attn_implementation="eager").eval()
    assert all(p.dtype == F32 for p in model.parameters())
    assert model.config._attn_implementation == "eager"
    rope = model.config.rope_parameters
    assert rope.get("full_attention", rope)["rope_theta"] == spec.theta
    if spec.arch == "gemma3_text":
        assert rope["sliding_attention"]["rope_theta"] == 10000.0
        assert rope["full_attention"].get("factor", 1.0) == spec.more.get("rope_scaling", {}).get("factor", 1.0)
        scale = model.model.embed_tokens.embed_scale
        assert scale == torch.tensor(spec.hidden**0.5)
        # transformers computes in the file's dtype, to which it rounds this; GGUF's published models were bfloat16.
        scale.copy_(scale.to(BF16 if spec.gguf else spec.dtype))
    bit = [m for m in model.modules() if isinstance(m, (BitLinear, AutoBitLinear))]
    dense = (spec.quant or {}).get("modules_to_not_convert") or []
    expected = 0 if spec.quant is None else sum(name not in dense for name, _, _ in linears(spec))
    assert all(getattr(m, "dtype", F32) == F32 for m in bit)
    assert len(bit) == expected, (spec.name, len(bit), expected)
    return model


class Watch:
    """Distance of x*a from the nearest rounding boundary, over all BitLinear inputs: [batch, position]."""

    def __init__(self, model):
        self.inputs = {}
        self.distance = None
        for name, module in model.named_modules():
            if isinstance(module, (BitLinear, AutoBitLinear)):
                module.register_forward_pre_hook(lambda m, args, name=name: self.see(name, m, args[0]))

    def see(self, name, module, x):
        if module.rms_norm is not None:
            x = module.rms_norm(x)
        self.inputs[name] = x
        scaled = x * (127 / x.abs().amax(-1, keepdim=True).clamp(min=1e-5))
        d = (scaled - torch.floor(scaled) - 0.5).abs().amin(-1)
        self.distance = d if self.distance is None else torch.minimum(self.distance, d)


def forward(model, watch, ids):
    watch.distance = None
    with torch.no_grad():
        return model(input_ids=torch.as_tensor(ids), use_cache=False).logits


def choose_ids(spec, model, watch, rng, length):
    """Random ids; of CANDIDATES the one whose activations lie farthest from every rounding boundary."""
    if spec.quant is None:
        return rng.integers(0, spec.vocab, length).tolist()
    ids = []
    while len(ids) < length:
        candidates = rng.choice(spec.vocab, CANDIDATES, replace=False)
        batch = np.array([ids + [int(c)] for c in candidates])
        forward(model, watch, batch)
        ids.append(int(candidates[int(watch.distance[:, -1].argmax())]))
    forward(model, watch, [ids])
    assert watch.distance.min() > FLIP_MARGIN, (spec.name, float(watch.distance.min()))
    return ids


def tolerance(spec, hidden, head):
    """Bound of |logit - oracle's|, given equal int8 activations.

    A logit is sum h_k*W_k, S = sqrt(sum (h_k*W_k)^2): independent relative errors e of the h_k move it by e*S, and each
    partial sum is of that order too. The roundings on the longest way to a logit, both sides counted: 2H in the head; a
    layer has sums of length H (q, o, gate/up and the three norms; P*V and the scores are shorter) and F (down and its
    norm). They are independent and each at most u, so their sum has a standard deviation below sqrt(c)*u; allow 6.
    RoPE angles differ by 3u of themselves, all in one direction; the first frequency is exactly 1, so the largest
    inexact angle is position * theta^(-2/d), and a score is of order 1. Equal int8 keep errors from growing
    through a BitLinear; the dense models are small enough for a gain of about 1 a layer.
    """
    s = float((hidden.square() @ head.square().T).max()) ** 0.5 / logit_divisor(spec)
    norms = 2 if spec.arch == "gemma3_text" else 0  # behind the sublayers; those of heads are shorter
    c = 2 * spec.hidden + 2 * spec.layers * ((6 + norms) * spec.hidden + 2 * spec.ffn)
    return U * s * (6 * c**0.5 + 3 * LONG * spec.theta ** (-2 / spec.head_dim))


def permute_rows(w, heads):
    """Rotate-half row order to the interleaved order of `llama` GGUF files."""
    return w.reshape(heads, 2, w.shape[0] // heads // 2, w.shape[1]).swapaxes(1, 2).reshape(w.shape)


def i2_s(trits, scale):
    """Published layout: element e, i = e/128, j = e%128 -> byte 32i + j%32, bits 6-2(j/32); scale; 28 bytes unused."""
    codes = (trits.reshape(-1, 4, 32) + 1).astype(np.uint8)
    body = codes[:, 0] << 6 | codes[:, 1] << 4 | codes[:, 2] << 2 | codes[:, 3]
    trailer = np.full(28, 0xA5, np.uint8)  # published files hold junk here
    return np.concatenate([body.reshape(-1), np.frombuffer(np.float32(scale).tobytes(), np.uint8), trailer])


# Where a block's f16 scales stand: d, and what takes the mean off.
SCALES_AT = {"Q4_0": [0], "Q5_0": [0], "Q5_1": [0, 2], "IQ4_NL": [0], "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2],
             "Q5_K": [0, 2], "Q6_K": [208]}


def random_blocks(kind, rows, cols, std, rng):
    """A matrix of random bits, which has every code and scale, with block scales that give about mean 0 and that
    deviation: gguf-py encodes few of these types."""
    qtype = gguf.GGMLQuantizationType[kind]
    elements, size = gguf.GGML_QUANT_SIZES[qtype]
    blocks = rng.integers(0, 256, (rows * cols // elements, size), dtype=np.uint8)

    def decoded(*scales):
        for at, scale in zip(SCALES_AT[kind], scales):
            blocks[:, at:at + 2] = np.broadcast_to(scale, (len(blocks), 1)).astype("<f2").view(np.uint8)
        return gguf.quants.dequantize(blocks, qtype)

    product = decoded(1, 0)
    d = std / product.std() * rng.uniform(0.8, 1.2, (len(blocks), 1))
    if len(SCALES_AT[kind]) == 1:
        decoded(d)
    else:
        decoded(d, -d * product.mean() / decoded(0, 1).mean())
    return blocks.reshape(rows, -1)


def write_gguf(spec, state, packed, path):
    """Writes the file and returns the state dict of what it holds, dense quantized weights dequantized to float32."""
    w = gguf.GGUFWriter(path, spec.gguf["arch"])
    w.add_name(spec.name)
    w.add_vocab_size(spec.vocab)
    w.add_context_length(128)
    w.add_embedding_length(spec.hidden)
    w.add_block_count(spec.layers)
    w.add_feed_forward_length(spec.ffn)
    w.add_rope_dimension_count(spec.head_dim)
    if spec.heads * spec.head_dim != spec.hidden or spec.arch == "gemma3_text":
        w.add_key_length(spec.head_dim)
        w.add_value_length(spec.head_dim)
    w.add_head_count(spec.heads)
    w.add_head_count_kv(spec.kv_heads)
    w.add_layer_norm_rms_eps(spec.eps)
    w.add_rope_freq_base(spec.theta)
    if spec.arch == "minicpm":  # as llama.cpp's converter writes them
        w.add_embedding_scale(float(spec.more["scale_emb"]))
        w.add_residual_scale(spec.more["scale_depth"] / spec.layers**0.5)
        w.add_logit_scale(logit_divisor(spec))
    if spec.arch == "gemma3_text":
        w.add_sliding_window(spec.more["sliding_window"])
        w.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        w.add_rope_scaling_factor(spec.more["rope_scaling"]["factor"])
    w.add_bos_token_id(0)
    w.add_eos_token_id(1)

    held = dict(state)
    rng = np.random.default_rng(spec.seed)
    names = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
             "lm_head.weight": "output.weight"}
    for i in range(spec.layers):
        for hf, name in (GGUF_NAME | (GEMMA_GGUF_NAME if spec.arch == "gemma3_text" else {})).items():
            for group in ("", "self_attn.", "mlp."):
                for part in ("weight", "bias"):
                    names[f"model.layers.{i}.{group}{hf}.{part}"] = f"blk.{i}.{name}.{part}"
    for key, tensor in state.items():
        if key.endswith(".weight_scale"):
            continue
        module = key.removesuffix(".weight")
        linear = short(module)
        kind = None if key.endswith(".bias") else type_of(spec, module)
        if linear not in GAIN and kind is None:
            # norms and biases are F32 in every GGUF file, embedding and head F16
            wide = "norm" in key or key.endswith(".bias")
            less_one = "norm" in key and spec.arch == "gemma3_text"
            w.add_tensor(names[key], tensor.float().numpy() + np.float32(less_one) if wide else tensor.numpy())
            continue
        if kind == "I2_S":
            trits, scale = packed[module]
            data = i2_s(trits.numpy(), scale)
            # gguf-py has no I2_S: announce type id 36 with the element shape, bytes as they are.
            w.add_tensor_info(names[key], trits.shape, np.dtype(np.int8), data.nbytes, raw_dtype=36)
            w.tensors[-1][names[key]].tensor = data
            continue
        if spec.quant is not None:
            trits, scale = packed[module]
            values = (trits * scale).numpy()
        else:
            values = tensor.float().numpy()
        permuted = linear in ("q_proj", "k_proj") and spec.gguf["arch"] in ("llama", "minicpm")
        if permuted:
            values = permute_rows(values, spec.heads if linear == "q_proj" else spec.kv_heads)
        qtype = gguf.GGMLQuantizationType[kind]
        if spec.gguf.get("random_blocks"):
            data = random_blocks(kind, *values.shape, values.std(), rng)
        else:
            data = gguf.quants.quantize(np.ascontiguousarray(values), qtype)
        back = gguf.quants.dequantize(data, qtype)
        w.add_tensor(names[key], data, raw_dtype=qtype)
        if spec.quant is not None:
            assert np.array_equal(back, values), key
            continue
        if permuted:
            heads = spec.heads if linear == "q_proj" else spec.kv_heads
            back = back.reshape(heads, back.shape[0] // heads // 2, 2, -1).swapaxes(1, 2).reshape(back.shape)
        held[key] = torch.from_numpy(np.ascontiguousarray(back))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    return held


def type_of(spec, module):
    """The type of a linear, embedding or head in a GGUF file; None: float."""
    types, name = spec.gguf["types"], short(module)
    layer = module.split(".")[2] if module.startswith("model.layers.") else ""
    return types.get(f"{layer}.{name}", types.get(name, spec.gguf.get("default") if name in GAIN else None))


def write_bit_linear(model, watch, ids, path):
    """What two BitLinear modules saw and did: x, q, a, the integer sums and the oracle's output."""
    forward(model, watch, [ids])
    out = {}
    for name in ("model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj"):
        module = model.get_submodule(name)
        assert isinstance(module, BitLinear)
        x = watch.inputs[name][0]
        q, a = module.activation_quant(x)
        trits = torch.from_numpy(unpacked(module.weight.numpy()))
        acc = q.long() @ trits.long().T
        assert acc.abs().max() < 2**24
        for key, value in (("x", x), ("q", q), ("a", a), ("acc", acc), ("y", module(watch.inputs[name])[0])):
            out[f"{name}.{key}"] = value.detach().to(F32).contiguous()
    save_file(out, path)


def unpacked(packed):
    return np.concatenate([(packed >> (2 * i) & 3).astype(np.int8) - 1 for i in range(4)])


def generate(spec):
    folder = HERE / spec.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    state, packed = draw(spec)
    if spec.gguf:
        state = write_gguf(spec, state, packed, folder / "model.gguf")
    else:
        write_folder(config(spec), state, folder)
    with tempfile.TemporaryDirectory() as temporary:
        # The oracle reads the same values from a float32 copy: from a quantized checkpoint transformers keeps
        # embedding, norms and scales in the file's dtype whatever dtype is asked for, and would compute in bf16.
        wide = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        write_folder(oracle_config(replace(spec, dtype=F32)), wide, Path(temporary))
        model = load(spec, Path(temporary))
        if spec.gguf.get("arch") in ("llama", "qwen2", "gemma3"):
            check_with_gguf_reader(model, folder)
    watch = Watch(model)
    heads = []
    model.lm_head.register_forward_pre_hook(lambda m, args: heads.append(args[0]))

    rng = np.random.default_rng(spec.seed)
    sequences, rows, bound = [], [], 0.0
    for length in (*SHORT, LONG):
        ids = choose_ids(spec, model, watch, rng, length)
        first = length - KEPT_OF_LONG if length == LONG else 0
        heads.clear()
        logits = forward(model, watch, [ids])[0, first:]
        bound = max(bound, tolerance(spec, heads[-1][0, first:], model.lm_head.weight.detach()))
        sequences.append({"ids": ids, "first": first})
        rows.append(logits.numpy())
    logits = np.concatenate(rows).astype("<f4")
    np.save(folder / "logits.npy", logits)
    golden = {"tolerance": float(f"{bound:.3e}"), "sequences": sequences}
    (folder / "golden.json").write_text(json.dumps(golden) + "\n")
    if spec.name == "bitnet_divide":
        write_bit_linear(model, watch, sequences[0]["ids"][:6], folder / "bit_linear.safetensors")

    top = np.sort(logits, axis=1)
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{spec.name:16} {size:7} B  logits std {logits.std():.2f}  tolerance {bound:.1e}  "
          f"top-2 margin min {(top[:, -1] - top[:, -2]).min():.1e}  distinct top-1 {len(set(logits.argmax(1)))}  "
          f"top-1 is input {np.mean(logits.argmax(1) == kept_ids(sequences)):.2f}")


def kept_ids(sequences):
    return np.concatenate([s["ids"][s["first"]:] for s in sequences])


def check_with_gguf_reader(model, folder):
    """transformers' own GGUF reader must find the same weights in the file."""
    other = AutoModelForCausalLM.from_pretrained(folder, gguf_file="model.gguf", dtype=F32)
    mine = model.state_dict()
    for key, tensor in other.state_dict().items():
        assert torch.equal(tensor, mine[key]), key


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for model_spec in MODELS:
        if len(sys.argv) == 1 or model_spec.name in sys.argv[1:]:
            generate(model_spec)
