"""Writes the tokenizer goldens beside this file, with Hugging Face `tokenizers`, `tiktoken` and Python's UTF-8 decoder
as oracles:

    tokenizer.json    a byte-level BPE of 1,200 tokens with LLaMA 3's pre-tokenizer, trained here
    ranks.tiktoken    the same vocabulary as tiktoken ranks
    cases.jsonl       texts with their ids by each pre-tokenizer, and by tiktoken
    utf8.jsonl        broken UTF-8 and what a decoder makes of it

    python generate.py DATA      (DATA: the folder with pretrain/, sft/ and tokenizer/)

Texts and the trained vocabulary come from CC0 sources only: synthetic stories, chats and problems made for this
project, odd_strings.jsonl, and the lines below. See LICENSE.md.
"""
import base64
import json
import random
import subprocess
import sys
from pathlib import Path

import tiktoken
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
PLAIN_ADDED = ["<tool>", "<tool>end", "\u2603\u2603"]

OWN_LINES = [
    "Der Fluß fließt schnell, über Stock und Stein.", "Où est passé l'élève? Là-bas, près du château.",
    "Быстрая лиса прыгнула через забор.", "天空很蓝，鸟儿在飞。", "空がとても青いです。カラスが飛んでいる。",
    "하늘이 아주 파랗습니다.", "आसमान बहुत नीला है।", "السماء زرقاء جدا اليوم", "Ο ουρανός είναι γαλάζιος.",
    "for (int i = 0; i < n; ++i) {\n\tsum += a[i] * 2;\n}\n\n\n", "def f(x):\n    return x ** 2  # square\n",
    "They're sure we'd say IT'S fine; I'M not, YOU'LL see, he'ſ odd, 'tis 'RE.", "a\u0301e\u0301 \u1e9b\u0323 \ufb01",
    "1 22 333 4444 55555 ١٢٣٤ １２３４ ½ Ⅳ x²", "tabs\t\tand  two   three    blanks \u00a0nbsp\u3000wide\u2003em\u180e.",
    "\r\n\r\r\n \r\n x\r\n", "...!!!???\n\n\n--- ***\r\n", "😀👍🏽👨‍👩‍👧 ok 😀", "\u2603\u2603\u2603 snow",
    "a<|eot_id|>b <|eot_id|> <|eot_i", "<|begin_of_text|><|begin_of_text|>x<|end_of_text|>",
    "<tool>end<tool>en<tool> <tool<tool>", " leading and trailing ", "x" * 130, "ab" * 60, " " * 75 + "y", "\n" * 49,
]


def read_lines(path, field):
    raw = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout if path.suffix == ".zst" \
        else path.read_bytes()
    return [field(json.loads(line)) for line in raw.splitlines()]


def random_text(rng):
    pool = [0x20] * 4 + [9, 10, 13, 11, 12, 0x85, 0xA0, 0x1680, 0x180E, 0x2003, 0x200B, 0x2028, 0x3000, 0xFEFF, 0x17F,
                         0x27, 0x27, 0x301, 0x93F, 0x661, 0xFF11, 0xB2, 0x2163, 0x1F600, 0x200D, 0x1F3FD, 0x212A, 0xE9,
                         0x4E00, 0xAC00, 0x1C89] + list(b"sTrEvElLmD0123456789.,!-_#<|>aZ")
    return "".join(chr(rng.choice(pool)) for _ in range(rng.choice([2, 4, 8, 16, 30])))


def pre_tokenizer_of(name):
    byte_level = lambda use_regex: pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)
    if name == "llama3":
        return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), byte_level(False)])
    if name == "smollm":
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level(True)])
    return byte_level(True)


def train(texts):
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizer_of("llama3")
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=1200, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    size = tokenizer.get_vocab_size()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in SPECIAL])
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in PLAIN_ADDED])
    bos = SPECIAL[0]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{bos} $A", special_tokens=[(bos, size)])
    return tokenizer, size


def ranks_of(tokenizer, size):
    """Token bytes by id: GPT-2's map undone through the ByteLevel decoder's own alphabet."""
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in shown]
    byte_of = {chr(b): b for b in shown} | {chr(256 + i): b for i, b in enumerate(others)}
    return [bytes(byte_of[c] for c in tokenizer.id_to_token(i)) for i in range(size)]


def main(data):
    rng = random.Random(20)
    odd = [t for t in read_lines(data / "tokenizer/odd_strings.jsonl", lambda o: o["text"]) if len(t) < 400]
    stories = read_lines(data / "pretrain/curated_stories.jsonl.zst",
                         lambda o: o["text"] if o["source"] == "tern-synthetic-stories" else None)
    stories = rng.sample([s for s in stories if s], 300)
    chats = read_lines(data / "sft/tern_synthetic_chat.jsonl.zst", lambda o: o["messages"][-1]["content"])[:300]
    sums = read_lines(data / "sft/tern_synthetic_math.jsonl.zst", lambda o: o["messages"][-1]["content"])[:200]
    tokenizer, size = train(stories + chats + sums + (odd + OWN_LINES) * 12)
    plain = json.loads(tokenizer.to_str())
    (HERE / "tokenizer.json").write_text(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n")

    ranks = ranks_of(tokenizer, size)
    (HERE / "ranks.tiktoken").write_text(
        "".join(f"{base64.b64encode(b).decode()} {i}\n" for i, b in enumerate(ranks)))
    bpe = tiktoken.Encoding("golden", pat_str=LLAMA3, mergeable_ranks={b: i for i, b in enumerate(ranks)},
                            special_tokens={})

    texts = odd + OWN_LINES + [stories[0][:300], stories[1][:200], chats[0], sums[0]]
    texts += [random_text(rng) for _ in range(150)]
    with open(HERE / "cases.jsonl", "w") as out:
        for text in texts:
            case = {"text": text, "tiktoken": bpe.encode(text, disallowed_special=())}
            for name in ["llama3", "gpt2", "smollm"]:
                tokenizer.pre_tokenizer = pre_tokenizer_of(name)
                tokenizer.encode_special_tokens = True
                case[name] = tokenizer.encode(text, add_special_tokens=False).ids
                tokenizer.encode_special_tokens = False
                special = tokenizer.encode(text, add_special_tokens=True).ids
                if special[1:] != case[name]:  # with special tokens parsed, and bos
                    case[name + "_special"] = special
            # gpt2 and smollm mostly equal llama3 on short texts: they are left out then.
            for name in ["tiktoken", "gpt2", "smollm"]:
                if case[name] == case["llama3"]:
                    del case[name]
            out.write(json.dumps(case, ensure_ascii=True, separators=(",", ":")) + "\n")

    parts = [b"\x80", b"\xbf\xbf", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff", b"\xc3",
             b"\xe2\x82", b"\xf0\x9f\x98", b"\xf1\x80", b"a", "é".encode(), "€".encode(), "😀".encode(), b"\0"]
    with open(HERE / "utf8.jsonl", "w") as out:
        for i in range(120):
            broken = b"".join(rng.choice(parts) for _ in range(1 + i % 6))
            out.write(json.dumps({"hex": broken.hex(), "text": broken.decode("utf-8", "replace")},
                                 separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
