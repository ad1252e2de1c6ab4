"""Writes bpe.json beside this file: what Hugging Face `tokenizers` (0.23.3 wrote the committed file) learns from texts.

    python generate_bpe.py

The texts are those of ../tokenizer/cases.jsonl and lines made here, which repeat, overlap and tie; all CC0. For each
number of merges the vocabulary is 256 bytes and these; there are no special tokens, and no pair is too rare.
"""
import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

HERE = Path(__file__).parent
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")


def learn(texts, merges):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, min_frequency=0, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    return json.loads(tokenizer.to_str())["model"]


def main():
    lines = (HERE / "../tokenizer/cases.jsonl").read_text(encoding="utf-8").splitlines()
    cases = {
        # Longer ones may be one pre-token, which `tern tokenizer train` leaves out.
        "cases": ([text for line in lines if len((text := json.loads(line)["text"]).encode()) <= 1024], 700),
        "repeats": (["a" * n + " " + "ab" * n + " " + "aab" * n for n in range(1, 12)], 60),
        "ties": ["the cat sat on the mat. the rat ate the hat, and that was that.", "abcd bcda cdab dabc"],
    }
    cases["ties"] = (cases["ties"], 60)
    out = {}
    for name, (texts, merges) in cases.items():
        model = learn(texts, merges)
        pairs = [merge if isinstance(merge, list) else merge.split(" ") for merge in model["merges"]]
        joined = ["".join(pair) for pair in pairs]
        assert len(set(joined)) == len(joined), f"{name}: a token is made twice, where the trainers may differ"
        out[name] = {"texts": [] if name == "cases" else texts, "vocab": len(model["vocab"]),
                     "merges": [" ".join(pair) for pair in pairs]}
    (HERE / "bpe.json").write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
