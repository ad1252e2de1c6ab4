"""Whether the `gguf` package reads a converted file as the matrices that went in.

usage: gguf_reader.py make FOLDER bitnet|llama    writes a Hugging Face folder of random trits
       gguf_reader.py check FOLDER MODEL.gguf     compares what `gguf` dequantizes with trit * scale of that folder

Knows nothing of Tern: trits are packed and unpacked here. Exits with 77 when a package is missing.
"""

import json
import pathlib
import struct
import sys

try:
    import gguf
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

HIDDEN, FFN, HEADS, KV_HEADS, VOCAB, LAYERS = 256, 512, 4, 2, 64, 2
HEAD_DIM = HIDDEN // HEADS
LINEARS = {
    "self_attn.q_proj": ("attn_q", HIDDEN, HIDDEN), "self_attn.k_proj": ("attn_k", KV_HEADS * HEAD_DIM, HIDDEN),
    "self_attn.v_proj": ("attn_v", KV_HEADS * HEAD_DIM, HIDDEN), "self_attn.o_proj": ("attn_output", HIDDEN, HIDDEN),
    "mlp.gate_proj": ("ffn_gate", FFN, HIDDEN), "mlp.up_proj": ("ffn_up", FFN, HIDDEN),
    "mlp.down_proj": ("ffn_down", HIDDEN, FFN),
}


def matrices(arch):
    """name, GGUF name, trits, scale of every linear; the second has a zero block, the third is all zeros."""
    random = np.random.default_rng(58)
    for layer in range(LAYERS):
        for name, (gguf_name, rows, cols) in LINEARS.items():
            trits = random.integers(-1, 2, (rows, cols)).astype(np.int8)
            if name == "self_attn.k_proj":
                trits[3, :256] = 0
            if name == "self_attn.v_proj" and layer == 1:
                trits[:] = 0
            scale = np.float32(random.uniform(0.01, 0.1))
            yield f"model.layers.{layer}.{name}", f"blk.{layer}.{gguf_name}.weight", trits, scale


def make(folder, arch):
    folder.mkdir(parents=True)
    tensors = {"model.embed_tokens.weight": np.ones((VOCAB, HIDDEN), np.float32),
               "model.norm.weight": np.ones(HIDDEN, np.float32)}
    for layer in range(LAYERS):
        norms = {"input_layernorm": HIDDEN, "post_attention_layernorm": HIDDEN}
        if arch == "bitnet":
            norms |= {"self_attn.attn_sub_norm": HIDDEN, "mlp.ffn_sub_norm": FFN}
        for name, width in norms.items():
            tensors[f"model.layers.{layer}.{name}.weight"] = np.ones(width, np.float32)
    for name, _, trits, scale in matrices(arch):
        quarters = (trits + 1).astype(np.uint8).reshape(4, trits.shape[0] // 4, trits.shape[1])
        tensors[name + ".weight"] = quarters[0] | quarters[1] << 2 | quarters[2] << 4 | quarters[3] << 6
        tensors[name + ".weight_scale"] = np.array([scale], np.float32)
    header, data = {}, b""
    for name, array in tensors.items():
        header[name] = {"dtype": {"uint8": "U8", "float32": "F32"}[str(array.dtype)], "shape": array.shape,
                        "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    (folder / "config.json").write_text(json.dumps({
        "model_type": arch, "hidden_act": "relu2" if arch == "bitnet" else "silu", "hidden_size": HIDDEN,
        "intermediate_size": FFN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS, "head_dim": HEAD_DIM, "vocab_size": VOCAB, "max_position_embeddings": 64,
        "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "tie_word_embeddings": True,
        "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear",
                                "quantization_mode": "offline"}}))


def interleaved(matrix):
    """Rows as llama.cpp's `llama` files have those of Q and K: (h 2 d/2) -> (h d/2 2)."""
    heads = matrix.shape[0] // HEAD_DIM
    return matrix.reshape(heads, 2, HEAD_DIM // 2, -1).swapaxes(1, 2).reshape(matrix.shape)


def check(folder, path):
    arch = json.loads((folder / "config.json").read_text())["model_type"]
    reader = gguf.GGUFReader(path)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    half = [tensor for tensor in reader.tensors if tensor.tensor_type.name in ("TQ1_0", "TQ2_0")]
    assert len(half) == LAYERS * len(LINEARS), f"{path}: {len(half)} tensors of trits"
    for _, name, trits, scale in matrices(arch):
        expected = trits.astype(np.float32) * np.float32(np.float16(scale))
        if arch == "llama" and ("attn_q" in name or "attn_k" in name):
            expected = interleaved(expected)
        got = gguf.dequantize(tensors[name].data, tensors[name].tensor_type)
        assert np.array_equal(got, expected), f"{path}: {name}: another matrix"
    assert reader.get_field("general.architecture").contents() == ("llama" if arch == "llama" else "bitnet")
    scales = reader.get_field("tern.linear_scales").contents()
    assert np.array_equal(np.float32(scales), [scale for *_, scale in matrices(arch)]), f"{path}: other scales"
    print(f"{path}: {len(half)} matrices as gguf reads them")


if sys.argv[1] == "make":
    make(pathlib.Path(sys.argv[2]), sys.argv[3])
else:
    check(pathlib.Path(sys.argv[2]), sys.argv[3])
