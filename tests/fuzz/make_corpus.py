#!/usr/bin/env python3
"""Writes the first seeds of every fuzz target to corpus/<target>/: small files of every kind that Tern reads.

Needs nothing but Python. Most are written here from the formats' definitions (docs/formats.md), the others are small
files of tests/golden. Seeds are named for what they are; what libFuzzer found has names of 40 hexadecimal digits.
"""
import base64
import gzip
import json
import struct
from pathlib import Path

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden"

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
PACK = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "?", U64: "Q", I64: "q", F64: "d"}
# name -> (id, elements a block, bytes a block)
TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "BF16": (30, 1, 2), "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20),
         "Q5_0": (6, 32, 22), "Q5_1": (7, 32, 24), "Q8_0": (8, 32, 34), "IQ4_NL": (20, 32, 18), "Q2_K": (10, 256, 84),
         "Q3_K": (11, 256, 110), "Q4_K": (12, 256, 144), "Q5_K": (13, 256, 176), "Q6_K": (14, 256, 210), "TQ1_0": (34, 256, 54), "TQ2_0": (35, 256, 66), "I2_S": (36, 4, 1)}
# A block of each type that is finite, ternary where it should be, and has one scale a matrix.
BLOCK = {"F32": struct.pack("<f", 0.05), "F16": struct.pack("<e", 0.05), "BF16": b"\x4d\x3d",
         "Q4_0": struct.pack("<e", 0.01) + bytes(range(16)), "Q4_1": struct.pack("<ee", 0.01, -0.08) + bytes(range(16)),
         "Q5_0": struct.pack("<e", 0.01) + bytes(range(20)), "Q5_1": struct.pack("<ee", 0.01, -0.08) + bytes(range(20)),
         "Q8_0": struct.pack("<e", 0.01) + bytes(range(32)), "IQ4_NL": struct.pack("<e", 0.001) + bytes(range(16)),
         "Q2_K": b"\x42" * 16 + b"\x1b" * 64 + struct.pack("<ee", 0.01, 0.01),
         "Q3_K": b"\x5a" * 32 + b"\x1b" * 64 + b"\x21" * 12 + struct.pack("<e", 0.002),
         "Q4_K": struct.pack("<ee", 0.001, 0.01) + b"\x21" * 12 + b"\x5a" * 128,
         "Q5_K": struct.pack("<ee", 0.001, 0.01) + b"\x21" * 12 + b"\x5a" * 160,
         "Q6_K": b"\x5a" * 192 + b"\x11" * 16 + struct.pack("<e", 0.002),
         "TQ1_0": b"\xcf" * 48 + b"\xbb" * 4 + struct.pack("<e", 0.75),
         "TQ2_0": b"\x86" * 64 + struct.pack("<e", 0.75), "I2_S": b"\x86"}


def save(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def value(kind, v):
    if kind == STRING:
        return text(v)
    if kind == ARRAY:
        inner, items = v
        return struct.pack("<IQ", inner, len(items)) + b"".join(value(inner, x) for x in items)
    return struct.pack("<" + PACK[kind], v)


def elements(shape):
    n = 1
    for d in shape:
        n *= d
    return n


def tensor_bytes(kind, shape):
    _, per_block, _ = TYPES[kind]
    data = BLOCK[kind] * (elements(shape) // per_block)
    return data + struct.pack("<f", 0.75) + bytes(28) if kind == "I2_S" else data


def gguf(keys, tensors):
    """keys: {key: (type, value)}; tensors: {name: (type, shape outermost first)}"""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for key, (kind, v) in keys.items():
        head += text(key) + struct.pack("<I", kind) + value(kind, v)
    data = b""
    for name, (kind, shape) in tensors.items():
        head += text(name) + struct.pack("<I", len(shape))
        head += b"".join(struct.pack("<Q", d) for d in reversed(shape)) + struct.pack("<IQ", TYPES[kind][0], len(data))
        data += tensor_bytes(kind, shape)
        data += bytes(-len(data) % 32)
    return head + bytes(-len(head) % 32) + data


def gguf_model(arch, hidden, heads, kv_heads, head_dim, ffn, vocab, linear, embedding="F16", head=None, keys=None):
    p = arch + "."
    sizes = {"embedding_length": hidden, "block_count": 1, "attention.head_count": heads,
             "attention.head_count_kv": kv_heads, "attention.key_length": head_dim, "feed_forward_length": ffn,
             "context_length": 64, "vocab_size": vocab}
    meta = {"general.architecture": (STRING, arch)}
    meta.update({p + key: (U32, v) for key, v in sizes.items()})
    meta[p + "attention.layer_norm_rms_epsilon"] = (F32, 1e-5)
    meta[p + "rope.freq_base"] = (F32, 10000.0)
    meta[p + "hidden_activation"] = (STRING, "silu" if arch == "llama" else "relu2")
    meta.update(keys or {})
    kind = (lambda name: linear.get(name, linear["*"])) if isinstance(linear, dict) else (lambda name: linear)
    tensors = {"token_embd.weight": (embedding, [vocab, hidden])}
    q, kv = heads * head_dim, kv_heads * head_dim
    for name, shape in {"attn_q": [q, hidden], "attn_k": [kv, hidden], "attn_v": [kv, hidden],
                        "attn_output": [hidden, q], "ffn_gate": [ffn, hidden], "ffn_up": [ffn, hidden],
                        "ffn_down": [hidden, ffn]}.items():
        tensors[f"blk.0.{name}.weight"] = (kind(name), shape)
    norms = {"attn_norm": hidden, "ffn_norm": hidden}
    if arch != "llama":
        norms.update({"attn_sub_norm": q, "ffn_sub_norm": ffn})
    for name, n in norms.items():
        tensors[f"blk.0.{name}.weight"] = ("F32", [n])
    tensors["output_norm.weight"] = ("F32", [hidden])
    if head:
        tensors["output.weight"] = (head, [vocab, hidden])
    return gguf(meta, tensors)


def byte_map():
    """GPT-2's byte -> character."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    mapped = {b: chr(b) for b in plain}
    for n, b in enumerate(b for b in range(256) if b not in plain):
        mapped[b] = chr(256 + n)
    return [mapped[b] for b in range(256)]


BYTES = byte_map()
MERGES = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "t")]
WORDS = BYTES + ["".join(m) for m in MERGES]


def chars_map():
    """sentencepiece's: A becomes a."""
    units = [0] * 512
    units[0] = 256 << 10
    place = 256 ^ ord("A")
    units[place] = 1 << 10 | 1 << 8 | ord("A")
    units[place ^ 1] = 1 << 31
    return struct.pack("<I512I", 4 * 512, *units) + b"a\0"


CHARACTERS = {"<unk>": 2, "<s>": 3, "</s>": 3, "\u2581": 1, "h": 1, "e": 1, "l": 1, "o": 1, "he": 1, "ll": 1, "hell": 1, "hello": 1,
              "\u2581hello": 1, "<x>": 4, "\u2581\u2581": 4, "<y>": 4}


def character_tokenizers():
    """Keys of GGUF files: sentencepiece's BPE and unigram, and a BPE of merges with rules of its own."""
    common = {"tokenizer.ggml.tokens": (ARRAY, (STRING, list(CHARACTERS))),
              "tokenizer.ggml.token_type": (ARRAY, (I32, list(CHARACTERS.values()))),
              "tokenizer.ggml.scores": (ARRAY, (F32, [-float(i) for i in range(len(CHARACTERS))])),
              "tokenizer.ggml.bos_token_id": (U32, 1), "tokenizer.ggml.eos_token_id": (U32, 2)}
    rules = {"form": "NFKC", "pre": "metaspace", "prefix_before_blank": False, "prefix_once": True, "fuse_unk": False,
             "matched_first": [15]}
    merges = ["h e", "l l", "he ll", "hell o", "\u2581 hello"]
    return {"spm": common | {"tokenizer.ggml.model": (STRING, "llama")},
            "unigram": common | {"tokenizer.ggml.model": (STRING, "t5"), "tokenizer.ggml.add_space_prefix": (BOOL, True),
                                 "tokenizer.ggml.remove_extra_whitespaces": (BOOL, True),
                                 "tokenizer.ggml.precompiled_charsmap": (ARRAY, (U8, list(chars_map())))},
            "merges": common | {"tokenizer.ggml.model": (STRING, "llama"), "tokenizer.ggml.merges": (ARRAY, (STRING, merges)),
                                "tokenizer.tern": (STRING, json.dumps(rules))}}


def seeds_gguf():
    save("gguf", "i2_s", gguf_model("bitnet-b1.58", 32, 2, 1, 16, 32, 16, "I2_S"))
    tokenizer = {"tokenizer.ggml.model": (STRING, "gpt2"), "tokenizer.ggml.pre": (STRING, "llama-bpe"),
                 "tokenizer.ggml.tokens": (ARRAY, (STRING, WORDS + ["<|eot_id|>"])),
                 "tokenizer.ggml.token_type": (ARRAY, (I32, [1] * len(WORDS) + [3])),
                 "tokenizer.ggml.merges": (ARRAY, (STRING, [" ".join(m) for m in MERGES])),
                 "tokenizer.ggml.bos_token_id": (U32, len(WORDS)), "tokenizer.ggml.eos_token_id": (U32, len(WORDS)),
                 "tokenizer.ggml.add_bos_token": (BOOL, True),
                 "tokenizer.chat_template": (STRING, "{% for m in messages %}{{ m.content }}{% endfor %}")}
    save("gguf", "tokenizer", gguf_model("llama", 4, 2, 1, 2, 4, 264, "F32", keys=tokenizer))
    for name, keys in character_tokenizers().items():
        save("gguf", name, gguf_model("llama", 4, 2, 1, 2, 4, len(CHARACTERS), "F32", keys=keys))
    scales = {"tern.linear_scales": (ARRAY, (F32, [0.75] * 7)), "tern.linear_scale_op": (STRING, "multiply"),
              "general.alignment": (U32, 32), "general.name": (STRING, "seed"), "general.type": (STRING, "model")}
    save("gguf", "exact_scales", gguf_model("bitnet", 32, 2, 1, 16, 32, 8, "I2_S", keys=scales))
    # Rows of 256 are what TQ and Q6_K need; the short ones are I2_S.
    tq = {"*": "TQ2_0", "attn_k": "TQ1_0", "attn_v": "TQ1_0", "ffn_up": "TQ1_0", "attn_output": "I2_S", "ffn_down": "I2_S"}
    save("gguf", "tq", gguf_model("llama", 256, 1, 1, 2, 2, 4, tq, head="Q6_K"))
    save("gguf", "dense", gguf_model("llama", 32, 1, 1, 32, 32, 8, {"*": "Q4_1", "attn_v": "Q8_0", "ffn_down": "BF16"},
                                     embedding="Q8_0", head="Q4_1"))
    blocks = {"*": "Q4_K", "attn_q": "Q2_K", "attn_k": "Q3_K", "ffn_gate": "Q5_K", "attn_output": "F16", "ffn_down": "F32"}
    save("gguf", "blocks", gguf_model("llama", 256, 1, 1, 2, 2, 4, blocks, embedding="Q5_1", head="IQ4_NL"))
    save("gguf", "floats", gguf_model("llama", 4, 2, 2, 2, 4, 20, "F32", embedding="BF16", head="F16"))
    save("gguf", "every_type", gguf({f"k{kind}": (kind, 1) for kind in PACK} |
                                    {f"a{kind}": (ARRAY, (kind, [0, 1])) for kind in PACK} |
                                    {"s": (STRING, "x"), "as": (ARRAY, (STRING, ["", "yz"]))}, {"t": ("F32", [1, 2, 1, 1])}))
    for name in ["all_types.gguf", "blocks.gguf", "i2_s.gguf", "writer.gguf"]:
        save("gguf", name, (GOLDEN / "formats" / name).read_bytes())


def safetensors(tensors):
    """tensors: {name: (dtype, shape, bytes)}"""
    header, data = {}, b""
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(head)) + head + data


def tiny_tensors(linear):
    """The weights of kTinyConfig in tiny_folder.h."""
    floats = lambda shape: ("F32", shape, struct.pack("<f", 0.05) * elements(shape))
    tensors = {"model.embed_tokens.weight": floats([256, 4]), "model.norm.weight": floats([4])}
    for norm in ["input_layernorm", "post_attention_layernorm", "self_attn.attn_sub_norm", "mlp.ffn_sub_norm"]:
        tensors[f"model.layers.0.{norm}.weight"] = floats([4])
    for name in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
                 "mlp.up_proj", "mlp.down_proj"]:
        rows = 2 if name[-6:] in ("k_proj", "v_proj") else 4
        if linear == "U8":
            tensors[f"model.layers.0.{name}.weight"] = ("U8", [1, 4], b"\x25" * 4)
            tensors[f"model.layers.0.{name}.weight_scale"] = ("BF16", [1], b"\x40\x3f")
        else:
            tensors[f"model.layers.0.{name}.weight"] = (linear, [rows, 4], BLOCK[linear] * rows * 4)
    return tensors


def seeds_safetensors():
    for linear in ["U8", "BF16", "F32"]:
        save("safetensors", linear.lower(), safetensors(tiny_tensors(linear)))
    small = {"scalar": ("F32", [], bytes(4)), "empty": ("F16", [0, 3], b""), "rank8": ("U8", [1] * 8, b"\1")}
    save("safetensors", "odd_shapes", safetensors(small))
    index = {"metadata": {"total_size": 13}, "weight_map": {"a": "model-1.safetensors", "b": "model-1.safetensors",
                                                            "c": "model-2.safetensors"}}
    save("safetensors", "index", json.dumps(index))
    for shard in (GOLDEN / "formats" / "sharded").glob("*.safetensors"):
        save("safetensors", shard.stem, shard.read_bytes())


def seeds_config():
    tiny = {"model_type": "bitnet", "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2,
            "num_key_value_heads": 1, "intermediate_size": 4, "max_position_embeddings": 64, "vocab_size": 256,
            "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "hidden_act": "relu2", "tie_word_embeddings": True,
            "bos_token_id": 1, "eos_token_id": [2, 3],
            "quantization_config": {"quant_method": "bitnet", "linear_class": "autobitlinear",
                                    "quantization_mode": "offline", "modules_to_not_convert": ["lm_head"]}}
    generation = {"eos_token_id": [2, 3], "repetition_penalty": 1.1, "suppress_tokens": [1]}
    tokenizer = {"bos_token": None, "add_bos_token": False, "chat_template": "{{ messages[0].content }}",
                 "added_tokens_decoder": {}}
    dump = lambda *parts: "\0".join(json.dumps(p) for p in parts)
    save("config", "packed", dump(tiny, generation, tokenizer, {}))
    divide = dict(tiny, quantization_config={"quant_method": "bitnet", "use_rms_norm": False, "rms_norm_eps": 1e-6})
    save("config", "divide", dump(divide, {}, dict(tokenizer, chat_template=[{"name": "default", "template": "x"}])))
    rope = {"rope_type": "default", "rope_theta": 5e5, "factor": 2.0}
    save("config", "rope", dump(dict(tiny, rope_parameters=rope, layer_types=["full_attention"], rope_theta=None)))
    save("config", "no_quantization", dump({k: v for k, v in tiny.items() if k != "quantization_config"}))
    for config in (GOLDEN / "models").glob("*/config.json"):
        save("config", config.parent.name, config.read_bytes())


def tokenizer_json(**changes):
    added = {"id": len(WORDS), "content": "<|eot_id|>", "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True}
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    base = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [added], "normalizer": None,
            "pre_tokenizer": level, "post_processor": None, "decoder": {"type": "ByteLevel"},
            "model": {"type": "BPE", "vocab": {w: i for i, w in enumerate(WORDS)},
                      "merges": [" ".join(m) for m in MERGES]}}
    return {**base, **changes}


def seeds_tokenizer():
    dump = lambda v: json.dumps(v, separators=(",", ":"), ensure_ascii=False)
    save("tokenizer", "gpt2.json", dump(tokenizer_json()))
    config = {"bos_token": "<|eot_id|>", "eos_token": {"content": "<|eot_id|>"}, "add_bos_token": True}
    save("tokenizer", "config.json", dump(tokenizer_json()) + "\0" + dump(config))
    golden = json.loads((GOLDEN / "tokenizer" / "tokenizer.json").read_text())
    bos = golden["added_tokens"][0]["content"]
    kept = {k: golden[k] for k in ["pre_tokenizer", "post_processor", "decoder", "normalizer"]}
    added = [dict(golden["added_tokens"][0], id=len(WORDS))]
    post = json.dumps(kept.pop("post_processor")).replace(str(golden["added_tokens"][0]["id"]), str(len(WORDS)))
    save("tokenizer", "llama3.json", dump(tokenizer_json(**kept, post_processor=json.loads(post), added_tokens=added)))
    assert bos in post
    unknown = tokenizer_json(added_tokens=[])
    unknown["model"] = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "?": 3}, "merges": [["a", "b"]],
                        "unk_token": "?", "ignore_merges": True, "fuse_unk": False, "byte_fallback": False}
    save("tokenizer", "unknown.json", dump(unknown))
    late = tokenizer_json(added_tokens=[
        {"id": len(WORDS), "content": "hi there", "special": False, "normalized": True},
        {"id": len(WORDS) + 1, "content": "<x>", "special": False, "normalized": False}])
    save("tokenizer", "added.json", dump(late))
    ranks = [bytes([b]) for b in range(256)] + [b"he", b"ll", b"hell"]
    for name in ["sp_bpe.model", "sp_unigram.model", "sp_user.model", "hf_bpe.json", "hf_unigram.json"]:
        save("tokenizer", name, (GOLDEN / "tokenizer" / name).read_bytes())
    beside = {"config": {"added_tokens_decoder": {"3": {"content": "<tool>", "special": True}}, "legacy": False, "eos_token": "<tool>",
                         "add_eos_token": True}, "added": {"<more>": 500}}
    save("tokenizer", "sp_config", (GOLDEN / "tokenizer" / "sp_user.model").read_bytes() + b"\0" + dump(beside).encode())
    save("tokenizer", "ranks", "".join(f"{base64.b64encode(t).decode()} {i}\n" for i, t in enumerate(ranks)))


def seeds_chat_template():
    golden = json.loads((GOLDEN / "chat" / "golden.json").read_text())
    for name, template in golden["templates"].items():
        save("chat_template", name, template)
    for template in (GOLDEN / "chat" / "families").glob("*.jinja"):
        save("chat_template", template.stem, template.read_bytes())
    save("chat_template", "calls",
         "{% macro f(x) %}{% set ns.c = caller %}{{ caller(x, b=x | e) }}{% endmacro %}{% set ns = namespace() %}"
         "{% for m in messages | sort(attribute='role') %}{% call(a, b=1) f(m.content or '') %}{{ a | safe + b | indent }}"
         "{% call f(1) %}{{ caller is defined }}{% endcall %}{% endcall %}{{ m | dictsort | list }}{% endfor %}{{ ns.c(1) }}")
    save("chat_template", "texts",
         "{% for m in messages if m.content is string %}{% set c = m.content %}{{ c.splitlines() | unique | list | length }}"
         "{{ c.rsplit('l', 1) }}{{ c.partition('a') | max }}{{ c.removeprefix('a').removesuffix('x').rfind('x') }}"
         "{{ c.isdigit() or c.isalpha() or c.isspace() }}{{ [1, 2] | sum }}{{ c | lower is lower }}{{ c is sameas none }}"
         "{% endfor %}")
    save("chat_template", "statements",
         "{%- macro f(a, b=1) -%}{{ a ~ b }}{%- endmacro -%}{% set ns = namespace(n=0) %}{% for m in messages if m.role %}"
         "{% set ns.n = ns.n + 1 %}{{ loop.index }}{{ f(m['content'][::-1]) }}{% if loop.last %}{% break %}{% elif not m %}"
         "{% continue %}{% else %}{{ m | tojson(indent=2) }}{% endif %}{% endfor %}{% generation %}{{ ns.n }}"
         "{% endgeneration %}{% filter upper %}x{% endfilter %}{# c #}{% raw %}{{{% endraw %}")
    save("chat_template", "expressions",
         "{{ [1, 2.5, 'a', none, true, (1,), {'k': [1]}] | list | length }}{{ 7 // 2 ** 3 % 4 - -1 }}{{ 'a' in 'abc' }}"
         "{{ x is defined and not y is none }}{{ messages | map(attribute='role') | join(', ') }}{{ 'x' if 1 < 2 else 'y' }}"
         "{{ messages | selectattr('role', 'equalto', 'user') | list | first }}{{ 'a b'.split(' ')[-1:] }}"
         "{{ raise_exception('no') if false }}{{ strftime_now('%Y') }}{{ range(3) | reverse | list }}")
    save("chat_template", "extra", "{% for t in tools %}{{ t | tojson }}{% endfor %}\0" + json.dumps(
        {"tools": [{"name": "f", "parameters": {"x": [1, 2.5, None, True, "\u00e9"]}}], "add": True}))


def seeds_npy():
    def npy(header, data, version=(1, 0)):
        length = struct.pack("<H" if version[0] == 1 else "<I", len(header))
        return b"\x93NUMPY" + bytes(version) + length + header.encode() + data

    save("npy", "v1", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".ljust(117) + "\n", bytes(24)))
    save("npy", "v2", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", bytes(4), (2, 0)))
    save("npy", "scalar", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}\n", bytes(4)))
    save("npy", "empty", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 18446744073709551615)}\n", b""))
    save("npy", "golden", (GOLDEN / "formats" / "sharded" / "d.npy").read_bytes())


def seeds_data():
    def shard(kind, vocab, documents, masks=None):
        width = "H" if vocab <= 65536 else "I"
        ids = [i for document in documents for i in document]
        starts = [sum(len(d) for d in documents[:i]) for i in range(len(documents) + 1)]
        pad = lambda data: data + bytes(-len(data) % 8)
        numbers = (1, struct.calcsize(width), kind, vocab, len(documents), len(ids), 0)
        return (b"TERN-TS\n" + struct.pack("<7Q", *numbers) + pad(struct.pack(f"<{len(ids)}{width}", *ids)) +
                struct.pack(f"<{len(starts)}Q", *starts) + pad(masks or b""))

    def raw_zstd(data):  # one block that is stored
        return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data

    save("data", "shard_text", shard(0, 512, [[1, 2, 511], [7]]))
    save("data", "shard_chat", shard(1, 70000, [[9, 4, 69999]], b"\x06"))
    save("data", "shard_pairs", shard(2, 512, [[1, 2], [1, 3], [4, 5], [4, 6]], b"\xaa"))
    lines = [{"text": "One two three."},
             {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                           {"role": "assistant", "content": "Hello"}]},
             {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]},
             {"instruction": "Add.", "input": "1 2", "output": "3"},
             {"prompt": "Hi", "chosen": "Hello", "rejected": "Go"},
             {"chosen": "\n\nHuman: a\n\nAssistant: b", "rejected": "\n\nHuman: a\n\nAssistant: c"},
             {"prompt": [{"role": "user", "content": "Hi"}], "chosen": [{"role": "assistant", "content": "x"}],
              "rejected": [{"role": "assistant", "content": "y"}]}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    save("data", "lines", text)
    save("data", "gzip", gzip.compress(text.encode(), mtime=0))
    save("data", "zstd", raw_zstd(b"a\n<|endoftext|>\nb\r\n\n{\"text\": \"c\"}\n"))


def seeds_hub():
    def listing(*files):
        return json.dumps({"id": "o/m", "sha": "0123456789abcdef" * 2 + "01234567", "siblings": list(files)})

    sha256, sha1 = "a" * 64, "b" * 40
    gguf = {"rfilename": "m.gguf", "size": 8589934592, "blobId": sha1,
            "lfs": {"sha256": sha256, "size": 8589934592, "pointerSize": 135}}
    headers = ["7000", "Wed, 21 Oct 2037 07:28:00 GMT", '"api";r=0;t=70', "/there?key=1", "//other.example/x",
               "https://cdn.example:8443/x?sig=1#f", "http://hub.example/a", "https://u:p@hub.example/", "https://[::1]/"]
    save("hub", "gguf", listing(gguf) + "\0" + "\n".join(headers))
    save("hub", "folder", listing(*[{"rfilename": name, "size": 7, "blobId": sha1} for name in
                                    ["config.json", "tokenizer.json", "model-00001-of-00002.safetensors", "README.md"]]))
    save("hub", "names", listing({"rfilename": "../m.gguf"}, {"rfilename": "a/b.gguf", "size": None}))


def seeds_user_config():
    save("user_config", "tables", "[all]\nkv = 'i8'\n[run]\njson = true\nstop = [\"a\\n\", 'b', 1.5e3, 0xff, -inf]\n")
    save("user_config", "inline", "run = { kv = 16, stop = ['''x''', \"\"\"\ny\"\"\"] }\nall.json = false\n")
    save("user_config", "types", "[run]\na = 1979-05-27T07:32:00Z\nb = [[1], {c = 2}]\nd.e.f = nan\n\"\\u00e9\" = 0b1\n")
    save("user_config", "names", "[run]\n[?]\n")
    save("user_config", "greek", "[run]\nk\u03bf = 1\n")
    save("user_config", "nested", "[run.a]\nb = 1\n[[run.c]]\n[run.c.d]\n[[all]]\n")


if __name__ == "__main__":
    for seeds in [seeds_gguf, seeds_safetensors, seeds_config, seeds_tokenizer, seeds_chat_template, seeds_npy,
                  seeds_hub, seeds_user_config, seeds_data]:
        seeds()
