#!/usr/bin/env python3
"""Perplexities of text.txt under tiny models, as transformers computes them: float32, eager, on the CPU.

    TORCHDYNAMO_DISABLE=1 python generate.py     (torch, transformers, accelerate, safetensors, gguf, numpy)

    ... python generate.py SmolLM2-135M-Instruct.Q4_1.gguf     the same for the model of scripts/get_model.sh alone

The loop over windows is that of transformers' guide "Perplexity of fixed-length models", with the model's own loss.
Log-likelihoods for figures per word and byte and for the KL divergence are taken from the logits of the same windows.
tokenizer.json is a vocabulary of 97 tokens, so that it goes with every model of ../models (97 or 160).
"""

import importlib.util
import json
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("models", HERE.parent / "models" / "generate.py")
models = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(models)

MERGES = ["Ġ t", "h e", "Ġt he", "e r", "a n", "i n", "Ġ a", "r e", "o n", "Ġ s",
          "n d", "Ġ i", "Ġa nd", "i s", "o u", "e n", "l l", "Ġ f", "Ġ w", "s t"]
CHARS = "\n ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,;:'\"!?()-"
# model: (context, stride) of each evaluation; None: what `tern perplexity` takes by itself
CASES = {"llama_f32": [(None, None), (128, 128), (50, 7), (2, 1)], "llama_bf16": [(None, None), (100, 30)],
         "bitnet_packed": [(None, None), (64, 32)], "bitnet_divide": [(None, None)], "gguf_i2_s": [(None, None)]}
KL = ("llama_f32", "llama_bf16")  # saved, compared with it
REAL_CASES = [(2048, 1024), (128, 64), (64, 64)]


def make_tokenizer():
    vocab = {"<s>": 0, "<unk>": 1}
    for char in CHARS:
        vocab[{" ": "Ġ", "\n": "Ċ"}.get(char, char)] = len(vocab)
    for merge in MERGES:
        vocab[merge.replace(" ", "")] = len(vocab)
    assert len(vocab) == 97, len(vocab)
    special = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                "special": True} for i, t in enumerate(("<s>", "<unk>"))]
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": {"type": "TemplateProcessing",
                           "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                                      {"Sequence": {"id": "A", "type_id": 0}}],
                           "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocab, "merges": [merge.split(" ") for merge in MERGES]}}
    (HERE / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False) + "\n")
    return PreTrainedTokenizerFast(tokenizer_file=str(HERE / "tokenizer.json"))


def load(name):
    """The model with the values of its file, in float32 (see ../models/generate.py)."""
    spec = next(s for s in models.MODELS if s.name == name)
    state, packed = models.draw(spec)
    with tempfile.TemporaryDirectory() as folder:
        if spec.gguf:
            state = models.write_gguf(spec, state, packed, Path(folder) / "model.gguf")
        wide = {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        models.write_folder(models.oracle_config(replace(spec, dtype=torch.float32)), wide, Path(folder) / "wide")
        return models.load(spec, Path(folder) / "wide")


def evaluate(model, ids, context, stride):
    """The guide's loop: (its sum of losses, counted, indices of counted tokens, their log-probabilities [n, vocab])."""
    total, counted, previous_end, indices, rows = 0.0, 0, 0, [], []
    for begin in range(0, len(ids), stride):
        end = min(begin + context, len(ids))
        target_length = end - previous_end
        window = torch.tensor([ids[begin:end]])
        labels = window.clone()
        labels[:, :-target_length] = -100
        valid = int((labels[:, 1:] != -100).sum())
        if valid > 0:
            with torch.no_grad():
                out = model(window, labels=labels, use_cache=False)
            total += float(out.loss) * valid
            counted += valid
            logprobs = torch.log_softmax(out.logits[0].double(), -1)
            for i in range(1, end - begin):
                if labels[0, i] != -100:
                    indices.append(begin + i)
                    rows.append(logprobs[i - 1].numpy())
        previous_end = end
        if end == len(ids):
            break
    return total, counted, indices, np.array(rows)


def units(text, spans, indices):
    """Bytes of the counted tokens, and words (by str.split) whose first character they hold."""
    starts = {i for i in range(len(text)) if not text[i].isspace() and (i == 0 or text[i - 1].isspace())}
    counted = [spans[i] for i in indices]
    return (sum(end - begin for begin, end in counted), sum(sum(p in starts for p in range(*span)) for span in counted))


def pieces(tokenizer, text, ids, first):
    """Byte range of every token in the (ASCII) text, which begins with token `first`."""
    spans, at = [(0, 0)] * first, 0
    for i in ids[first:]:
        n = len(tokenizer.decode([i]))
        spans.append((at, at + n))
        at += n
    assert at == len(text)
    return spans


def case(name, context, stride, ids, spans, text, result):
    """The golden sum of losses is taken in double: torch's, in float32, changes with the machine in the fifth digit."""
    torch_total, counted, indices, logprobs = result
    nll = -logprobs[np.arange(counted), [ids[i] for i in indices]]
    total = float(nll.sum())
    assert abs(torch_total / total - 1) < 1e-5, (torch_total, total)
    size, words = units(text, spans, indices)
    return {"model": name, "context": context, "stride": stride, "counted": counted, "bytes": size, "words": words,
            "perplexity": math.exp(total / counted), "bits_per_byte": total / math.log(2) / size,
            "word_perplexity": math.exp(total / words),
            "standard_error": math.exp(total / counted) * float(nll.std(ddof=1)) / counted**0.5}


def tiny(text):
    tokenizer = make_tokenizer()
    ids = tokenizer(text)["input_ids"]
    assert ids[0] == 0 and 1 not in ids and tokenizer.decode(ids[1:]) == text
    spans = pieces(tokenizer, text, ids, 1)
    golden = {"tokens": len(ids), "cases": []}
    rows = {}
    for name, windows in CASES.items():
        model = load(name)
        for context, stride in windows:
            c = context or 128
            result = evaluate(model, ids, c, stride or c // 2)
            if (context, stride) == (None, None):
                rows[name] = result[3]
            golden["cases"].append(case(name, context, stride, ids, spans, text, result))
    p, q = rows[KL[0]], rows[KL[1]]
    kl = (np.exp(p) * (p - q)).sum(1)
    golden["kl"] = {"saved": KL[0], "model": KL[1], "mean": kl.mean(),
                    "standard_error": kl.std(ddof=1) / len(kl) ** 0.5, "median": float(np.median(kl)),
                    "p99": float(np.percentile(kl, 99)), "max": kl.max(),
                    "same_top": float((p.argmax(1) == q.argmax(1)).mean())}
    return golden


def real(text, path):
    """The dequantized weights, computed in double; the tokenizer as transformers reads it from the file."""
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32,
                                                 attn_implementation="eager").double().eval()
    ids = tokenizer(text)["input_ids"]
    assert tokenizer.decode(ids) == text  # no beginning-of-text token
    spans = pieces(tokenizer, text, ids, 0)
    return {"tokens": len(ids), "cases": [case(path.name, c, s, ids, spans, text, evaluate(model, ids, c, s))
                                          for c, s in REAL_CASES]}


def main():
    torch.set_num_threads(1)
    text = (HERE / "text.txt").read_text()
    name, golden = ("real.json", real(text, Path(sys.argv[1]))) if len(sys.argv) > 1 else ("golden.json", tiny(text))
    (HERE / name).write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
