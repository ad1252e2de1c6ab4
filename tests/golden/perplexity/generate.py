#!/usr/bin/env python3
"""Perplexities of text.txt under tiny models, as transformers computes them: float32, eager, on the CPU.

    TORCHDYNAMO_DISABLE=1 python generate.py     (torch, transformers, accelerate, safetensors, gguf, numpy)

The loop over windows is that of transformers' guide "Perplexity of fixed-length models", with the model's own loss.
Log-likelihoods for figures per word and byte and for the KL divergence are taken from the logits of the same windows.
tokenizer.json is a vocabulary of 97 tokens, so that it goes with every model of ../models (97 or 160).
"""

import importlib.util
import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

HERE = Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("models", HERE.parent / "models" / "generate.py")
models = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(models)

MERGES = ["Ġ t", "h e", "Ġt he", "e r", "a n", "i n", "Ġ a", "r e", "o n", "Ġ s", "n d", "Ġ i", "Ġa nd", "i s", "o u",
          "e n", "l l", "Ġ f", "Ġ w", "s t"]
CHARS = "\n ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,;:'\"!?()-"
# model: (context, stride) of each evaluation; None: what `tern perplexity` takes by itself
CASES = {"llama_f32": [(None, None), (128, 128), (50, 7), (2, 1)], "llama_bf16": [(None, None), (100, 3)],
         "bitnet_packed": [(None, None), (64, 32)], "bitnet_divide": [(None, None)], "gguf_i2_s": [(None, None)]}
KL = ("llama_f32", "llama_bf16")  # saved, compared with it


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
                           "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
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
        models.write_folder(replace(spec, dtype=torch.float32), wide, Path(folder) / "wide")
        return models.load(spec, Path(folder) / "wide")


def evaluate(model, ids, context, stride):
    """The guide's loop: (sum of losses, counted, indices of counted tokens, their log-probabilities [n, vocab])."""
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


def pieces(tokenizer, text, ids):
    """Byte range of every token in the (ASCII) text."""
    spans, at = [(0, 0)], 0
    for i in ids[1:]:
        n = len(tokenizer.decode([i]))
        spans.append((at, at + n))
        at += n
    assert at == len(text)
    return spans


def main():
    torch.set_num_threads(1)
    tokenizer = make_tokenizer()
    text = (HERE / "text.txt").read_text()
    ids = tokenizer(text)["input_ids"]
    assert ids[0] == 0 and 1 not in ids and tokenizer.decode(ids[1:]) == text
    spans = pieces(tokenizer, text, ids)
    golden = {"tokens": len(ids), "cases": []}
    rows = {}
    for name, windows in CASES.items():
        model = load(name)
        for context, stride in windows:
            c = context or 128
            total, counted, indices, logprobs = evaluate(model, ids, c, stride or c // 2)
            targets = np.array([ids[i] for i in indices])
            nll = -logprobs[np.arange(counted), targets]
            assert abs(nll.sum() / total - 1) < 1e-5, (nll.sum(), total)
            size, words = units(text, spans, indices)
            if (context, stride) == (None, None):
                rows[name] = logprobs
            golden["cases"].append({
                "model": name, "context": context, "stride": stride, "counted": counted, "bytes": size, "words": words,
                "perplexity": math.exp(total / counted), "bits_per_byte": total / math.log(2) / size,
                "word_perplexity": math.exp(total / words),
                "standard_error": math.exp(total / counted) * float(nll.std(ddof=1)) / counted**0.5})
    p, q = rows[KL[0]], rows[KL[1]]
    kl = (np.exp(p) * (p - q)).sum(1)
    golden["kl"] = {"saved": KL[0], "model": KL[1], "mean": kl.mean(), "standard_error": kl.std(ddof=1) / len(kl) ** 0.5,
                    "median": float(np.median(kl)), "p99": float(np.percentile(kl, 99)), "max": kl.max(),
                    "same_top": float((p.argmax(1) == q.argmax(1)).mean())}
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
