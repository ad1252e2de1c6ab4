#!/usr/bin/env python3
"""Golden files for src/io, src/quant and src/ternary: tiny model files and the values in them.

Needs numpy, gguf (0.19) and safetensors. Everything is drawn from one seed; run it again and nothing changes.

  all_types.gguf        written by gguf-py: one tensor of every element type but I2_S, and metadata of every value type
  i2_s.gguf             written by hand from the published layout (gguf-py does not know the type)
  writer.gguf           written by gguf-py with the metadata that GgufWriter can write: must match it byte for byte
  writer.safetensors    written by the safetensors library: SafetensorsWriter must give the same header and data
  <name>.npy            the float32 values of each tensor, by gguf-py's decoders (I2_S: by the formula)
  quantize_in.npy       float32 input for the Q8_0 encoder; quantize_q8_0.bin what gguf-py makes of it
  sharded/              safetensors in two shards with an index, by the safetensors library; values as <tensor>.npy
"""
import json
import struct
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import quants
from safetensors.numpy import save_file

HERE = Path(__file__).parent
RNG = np.random.default_rng(158)


def save_npy(name, values):
    np.save(HERE / f"{name}.npy", np.ascontiguousarray(values, dtype="<f4"))


def q4_1_and_q6_k_blocks():
    """Random bits with scales of every sign and size (subnormal f16 too): the decoder must take any."""
    q4 = RNG.integers(0, 256, (8, 20), dtype=np.uint8)
    q4[:, 0:4] = RNG.normal(0, 0.1, (8, 2)).astype("<f2").view(np.uint8)
    q4[0, 0:2] = np.array([3e-6], "<f2").view(np.uint8)
    q6 = RNG.integers(0, 256, (2, 210), dtype=np.uint8)
    q6[:, 208:] = np.array([[0.0123], [-4e-5]], "<f2").view(np.uint8)
    return q4.reshape(2, -1), q6.reshape(2, -1)


def all_types():
    w = gguf.GGUFWriter(HERE / "all_types.gguf", "tern-test")
    for name, add, value in [
        ("u8", w.add_uint8, 200), ("i8", w.add_int8, -100), ("u16", w.add_uint16, 60000), ("i16", w.add_int16, -30000),
        ("u32", w.add_uint32, 4_000_000_000), ("i32", w.add_int32, -2_000_000_000), ("u64", w.add_uint64, 2**64 - 1),
        ("i64", w.add_int64, -(2**63)), ("f32", w.add_float32, 0.1), ("f64", w.add_float64, 0.1),
        ("bool", w.add_bool, True), ("string", w.add_string, "tern é"), ("strings", w.add_array, ["", "a", "日本"]),
        ("i32s", w.add_array, [1, -2, 3]), ("f32s", w.add_array, [0.5, -1.5]), ("bools", w.add_array, [True, False]),
    ]:
        add(f"test.{name}", value)
    q4, q6 = q4_1_and_q6_k_blocks()
    normal = RNG.normal(0, 0.05, (2, 256)).astype(np.float32)
    trits = RNG.integers(-1, 2, (2, 256)).astype(np.float32) * np.float32(0.75)
    for name, qtype, raw in [
        ("f32", T.F32, normal), ("f16", T.F16, normal.astype(np.float16)), ("bf16", T.BF16, quants.quantize(normal, T.BF16)),
        ("q8_0", T.Q8_0, quants.quantize(normal, T.Q8_0)), ("q4_1", T.Q4_1, q4.reshape(2, -1)),
        ("q6_k", T.Q6_K, q6), ("tq1_0", T.TQ1_0, quants.quantize(trits, T.TQ1_0)),
        ("tq2_0", T.TQ2_0, quants.quantize(trits, T.TQ2_0)),
    ]:
        w.add_tensor(name, raw, raw_dtype=qtype)
        save_npy(name, quants.dequantize(raw, qtype))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def i2_s():
    rows, cols, scale = 3, 128, np.float32(0.0371)
    trits = RNG.integers(-1, 2, rows * cols)
    codes = np.zeros(rows * cols // 4 + 32, np.uint8)
    for e, t in enumerate(trits):  # the published formula, one element at a time
        i, j = divmod(e, 128)
        codes[32 * i + j % 32] |= (t + 1) << (6 - 2 * (j // 32))
    codes[rows * cols // 4:rows * cols // 4 + 4] = np.array([scale], "<f4").view(np.uint8)
    codes[rows * cols // 4 + 4:] = 0xA5  # trailers hold junk in the wild
    text = lambda s: struct.pack("<Q", len(s)) + s.encode()
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 1)
    head += text("general.architecture") + struct.pack("<I", 8) + text("bitnet-b1.58")
    head += text("i2_s") + struct.pack("<IQQIQ", 2, cols, rows, 36, 0)
    head += b"\0" * (-len(head) % 32)
    (HERE / "i2_s.gguf").write_bytes(head + codes.tobytes())
    save_npy("i2_s", (trits.astype(np.float32) * scale).reshape(rows, cols))


def writer():
    w = gguf.GGUFWriter(HERE / "writer.gguf", "bitnet")
    w.add_uint32("bitnet.block_count", 30)
    w.add_float32("bitnet.rope.freq_base", 500000.0)
    w.add_bool("tokenizer.ggml.add_bos_token", True)
    w.add_array("tokenizer.ggml.tokens", ["a", "", "Ġb"])
    w.add_array("tokenizer.ggml.token_type", [1, 3, 1])
    w.add_array("tern.linear_scales", [0.5, 1.25])
    w.add_tensor("first", np.arange(6, dtype=np.float32).reshape(2, 3))
    w.add_tensor("second", np.arange(5, dtype=np.float16))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def safetensors_writer():
    count = lambda n, dtype, shape: np.arange(n, dtype=np.uint8).view(dtype).reshape(shape)
    tensors = {"model.norm.weight": count(12, "<f4", [3]), "scale": count(4, "<f4", []), "a": count(12, "<f2", [2, 3]),
               "b": count(2, "<f2", [1]), "packed": count(7, np.uint8, [1, 7])}
    save_file(tensors, HERE / "writer.safetensors", metadata={"format": "pt", "made by": "tern"})


def quantize():
    values = RNG.normal(0, 1, (32, 32)) * 10.0 ** RNG.integers(-6, 5, (32, 1))
    values[3] = 0
    values[4, :] = np.arange(32) - 15.5  # absmax 16.5: ties and near-ties
    values[5, :4], values[5, 4:] = [127, -127, 0.5, -2.5], 0
    values = values.astype(np.float32)
    save_npy("quantize_in", values)
    (HERE / "quantize_q8_0.bin").write_bytes(quants.quantize(values, T.Q8_0).tobytes())


def sharded():
    import torch
    from safetensors.torch import save_file as save_torch

    folder = HERE / "sharded"
    folder.mkdir(exist_ok=True)
    a = RNG.normal(0, 1, (3, 5)).astype(np.float32)
    b = torch.from_numpy(RNG.normal(0, 1, (4, 2)).astype(np.float32)).to(torch.bfloat16)
    c = RNG.integers(0, 256, (2, 3), dtype=np.uint8)
    d = RNG.normal(0, 1, (7,)).astype(np.float16)
    names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    save_torch({"a": torch.from_numpy(a), "b": b}, folder / names[0], metadata={"format": "pt"})
    save_file({"c": c, "d": d}, folder / names[1])
    index = {"metadata": {"total_size": 112}, "weight_map": {"a": names[0], "b": names[0], "c": names[1], "d": names[1]}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")
    for name, values in {"a": a, "b": b.float().numpy(), "c": c, "d": d}.items():
        save_npy(f"sharded/{name}", values)


all_types()
i2_s()
writer()
safetensors_writer()
quantize()
sharded()
