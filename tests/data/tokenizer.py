"""See tokenizer.sh. Trains a small byte-level BPE on the texts, writes it as tokenizer.json with each of the
pre-tokenizers that Tern knows and as tiktoken ranks, and compares the ids of every text; then sends broken UTF-8
through and back. LLaMA 3's own tokenizer.model, which is not free to pass on, joins when it is given."""
import base64
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # speeds are those of one thread

import tiktoken
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
LLAMA3_NAMED = {0: "<|begin_of_text|>", 1: "<|end_of_text|>", 6: "<|start_header_id|>", 7: "<|end_header_id|>",
                9: "<|eot_id|>"}


def byte_level(use_regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)


PRE_TOKENIZERS = {
    "llama3": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), byte_level(False)]),
    "gpt2": byte_level(True),
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level(True)]),
}


def train(texts):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = PRE_TOKENIZERS["llama3"]
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=8000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return tokenizer


def write_ranks(tokenizer, path):
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [b for b in range(256) if b not in shown]
    byte_of = {chr(b): b for b in shown} | {chr(256 + i): b for i, b in enumerate(hidden)}
    tokens = [bytes(byte_of[c] for c in tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())]
    path.write_text("".join(f"{base64.b64encode(t).decode()} {i}\n" for i, t in enumerate(tokens)))


def tiktoken_oracle(path):
    ranks = {}
    for line in path.read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    reserved = (f"<|reserved_special_token_{i}|>" for i in range(256))
    special = {LLAMA3_NAMED.get(i) or next(reserved): len(ranks) + i for i in range(256)}
    encoding = tiktoken.Encoding("llama3", pat_str=LLAMA3, mergeable_ranks=ranks, special_tokens=special)
    return lambda text, parse: encoding.encode(text, allowed_special="all" if parse else set(), disallowed_special=())


def hugging_face_oracle(path):
    tokenizer = Tokenizer.from_file(str(path))

    def encode(text, parse):
        tokenizer.encode_special_tokens = not parse
        return tokenizer.encode(text, add_special_tokens=False).ids

    return encode


def random_texts(count):
    """Short texts over what the patterns tell apart, with look-alikes of special tokens."""
    rng = random.Random(7)
    pool = [0x20, 0x20, 9, 10, 13, 11, 12, 0x85, 0xA0, 0x1680, 0x180E, 0x2000, 0x200B, 0x2028, 0x2029, 0x202F, 0x3000,
            0xFEFF, 0x17F, 0x27, 0x27, 0x661, 0x967, 0xFF11, 0xB2, 0xBD, 0x2163, 0x301, 0x93F, 0x1F600, 0x200D, 0x1F3FD,
            0x212A, 0xE9, 0x4E00, 0xAC00, 0x1C89, 0x31350] + list(b"sStTmMdDrReEvVlL0123456789aZ.,!-_#<|>")
    for i in range(count):
        codes = [rng.choice(pool) if rng.random() < 0.9 else rng.randrange(0x80, 0x3000)
                 for _ in range(rng.choice([1, 2, 4, 8, 16, 40]))]
        yield "".join(map(chr, codes)) + (rng.choice(["<|eot_id|> y", "<|eot_i", "<|end_of_text|>"]) if i % 10 == 0 else "")


def read_texts(folder):
    """The 10 MB, and the odd strings."""
    raw = subprocess.run(["zstd", "-dcq", folder / "mixed_text.jsonl.zst"], check=True, capture_output=True).stdout
    return [json.loads(line)["text"] for line in raw.splitlines() + (folder / "odd_strings.jsonl").read_bytes().splitlines()]


def write_texts(texts, path):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))


def processor_time(whose):
    """Seconds: what else runs on the machine is not in it. Both sides use one thread."""
    usage = resource.getrusage(whose)
    return usage.ru_utime + usage.ru_stime


def compare(tern, path, oracle, texts, jsonl, parses=(False, True)):
    """Number of texts with other ids."""
    wrong = 0
    for parse in parses:
        start = processor_time(resource.RUSAGE_SELF)
        expected = [oracle(text, parse) for text in texts]
        oracle_time = processor_time(resource.RUSAGE_SELF) - start
        command = [tern, "tokenize", "--tokenizer", path, "--jsonl", jsonl] + (["--special"] if parse else [])
        start = processor_time(resource.RUSAGE_CHILDREN)
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        tern_time = processor_time(resource.RUSAGE_CHILDREN) - start
        ids = [json.loads(line) for line in output.splitlines()]
        different = [i for i in range(len(texts)) if i >= len(ids) or ids[i] != expected[i]]
        size = sum(len(text.encode()) for text in texts) / 1e6
        print(f"{path.name}, special tokens {'parsed' if parse else 'as text'}: {len(texts)} texts, "
              f"{sum(map(len, expected))} ids, {len(different)} texts differ; oracle {size / oracle_time:.1f} MB/s, "
              f"tern with start and JSON {size / tern_time:.1f} MB/s ({oracle_time / tern_time:.1f}x)")
        for i in different[:3]:
            print(f"  {texts[i][:100]!r}")
        wrong += len(different) + (len(ids) != len(texts))
    return wrong


def round_trip(tern, path, data):
    """Number of pieces of `data` that do not come back from their ids."""
    wrong = 0
    with tempfile.NamedTemporaryFile() as piece:
        for start in range(0, len(data), 8192):
            expected = data[start : start + 8192]
            Path(piece.name).write_bytes(expected)
            base = [tern, "tokenize", "--tokenizer", path]
            ids = subprocess.run(base + ["-f", piece.name, "--json"], check=True, capture_output=True).stdout
            back = subprocess.run(base + ["--decode", ids.decode().strip("[]\n")], check=True, capture_output=True).stdout
            wrong += back != expected + b"\n"
    print(f"{path.name}: {len(data)} bytes of broken UTF-8 there and back, {wrong} pieces differ")
    return wrong


def main(data, tern, llama3=None):
    folder = Path(data) / "tokenizer"
    texts = read_texts(folder)
    training = random.Random(1).sample(texts, 700)
    texts += random_texts(20000)
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        jsonl = scratch / "texts.jsonl"
        write_texts(texts, jsonl)
        tokenizer = train(training)
        write_ranks(tokenizer, scratch / "ranks.tiktoken")
        rank_files = [scratch / "ranks.tiktoken"] + ([Path(llama3)] if llama3 else [])
        tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in LLAMA3_NAMED.values()])
        for path in rank_files:
            wrong += compare(tern, path, tiktoken_oracle(path), texts, jsonl)
        for name, pre_tokenizer in PRE_TOKENIZERS.items():
            for ignore_merges in [False, True]:
                tokenizer.pre_tokenizer = pre_tokenizer
                tokenizer.model.ignore_merges = ignore_merges
                path = scratch / f"{name}{'_ignore_merges' * ignore_merges}.json"
                tokenizer.save(str(path))
                wrong += compare(tern, path, hugging_face_oracle(path), texts, jsonl)
        wrong += round_trip(tern, scratch / "llama3.json", (folder / "broken_utf8.bin").read_bytes())
    print("tokenizers agree" if wrong == 0 else f"{wrong} disagreements")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
