"""Trains small tokenizers of the kinds that are no byte-level BPE, and notes what Hugging Face `tokenizers` 0.23.3 and
`sentencepiece` 0.2.3 (0.2.0 sums the scores of long texts in another way) make of the texts of cases.jsonl (generate.py) and of the lines below:

    sp_bpe.model        sentencepiece BPE as LLaMA 2 has it: byte fallback, text as it is
    sp_unigram.model    sentencepiece unigram: rules for characters, user defined tokens, unknown tokens
    sp_user.model       sentencepiece BPE with user defined tokens, no blank in front, unknown tokens
    hf_bpe.json         Hugging Face BPE with byte fallback, blanks marked by the normalizer
    hf_unigram.json     Hugging Face unigram with Metaspace
    kinds.json          hashes of ids, one a text in the order of "texts", for these and their variants; and what ids decode to

    python generate_kinds.py DATA      (DATA: the folder with pretrain/, sft/ and tokenizer/)

Texts and vocabularies come from the CC0 sources of generate.py. See LICENSE.md.
"""
import json
import random
import sys
import tempfile
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import generate

HERE = Path(__file__).parent
SPECIAL = ["<unk>", "<s>", "</s>"]
BYTES = [f"<0x{b:02X}>" for b in range(256)]
QWEN2 = generate.LLAMA3.replace("{1,3}", "")
MARK = "\u2581"

OWN_LINES = [
    "two  blanks   three    four", "  both ends  ", MARK, f"a{MARK}b {MARK} c", f"{MARK}{MARK}x", "<tool>end foo<tool>", "foofoo fo o",
    "\u1e9b\u0323 \ufb01 \u00bd \uff21\uff22 \u2126 \u212b A\u030a \uac01 \u1100\u1161\u11a8 q\u0307\u0323 \u0344",
    "\u00a0nbsp\u3000wide", "zq\u4e00\u4e01\u4e02zq \U0001f600\U0001f601x", "aaaaaaaaaaaaaaaaaaaa", "ababababababab", "the " * 40,
    "<0x41> is text", "tab\tnew\nline\r\n", "e\u0301e\u0301\u0301 e\u0327\u0301 \u0301alone", "ＡＢＣ①②③㍿", "",
]

def later_lines():
    """Texts that nothing is trained on. Sums of scores that differ by their rounding are told apart in long ones alone."""
    rng = random.Random(21)
    pool = " ".join(OWN_LINES).split() + ["foo", "<tool>", MARK * 2, "\u2460", "a b"]
    words = [rng.choice(pool) for _ in range(3000)]
    return ["x\u2460y", "\u2460", "do a b c", "\uff21\u2460\uff22 a\u2460", " a b", "\u2460 \u3000\u2460", "xa  q\u0307 a  q a   q", "  a  q", " ".join(words), "ab" * 2000]


def fnv(text):
    """FNV-1a, 32 bits, of UTF-8."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{value:08x}"


def texts_of(data):
    odd = [t for t in generate.read_lines(data / "tokenizer/odd_strings.jsonl", lambda o: o["text"]) if len(t) < 400]
    stories = generate.read_lines(data / "pretrain/curated_stories.jsonl.zst",
                                  lambda o: o["text"] if o["source"] == "tern-synthetic-stories" else None)
    stories = random.Random(20).sample([s for s in stories if s], 250)
    return [line for text in stories + (odd + generate.OWN_LINES + OWN_LINES) * 6 for line in text.splitlines() if line]


def train_sentencepiece(lines, name, **options):
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "lines.txt"
        source.write_text("\n".join(lines))
        sentencepiece.SentencePieceTrainer.train(
            input=str(source), model_prefix=str(Path(folder) / "model"), num_threads=1, minloglevel=2,
            hard_vocab_limit=False, self_test_sample_size=0, **options)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString((Path(folder) / "model.model").read_bytes())
    model.trainer_spec.ClearField("input")  # paths of the machine
    model.trainer_spec.ClearField("model_prefix")
    model.normalizer_spec.ClearField("normalization_rule_tsv")
    (HERE / name).write_bytes(model.SerializeToString())


def save(tokenizer, name):
    """Bytes are tokens of the vocabulary alone, as LLaMA 2 has them; the trainer adds them as special ones."""
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["content"] not in BYTES]
    (HERE / name).write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n")


def train(lines):
    train_sentencepiece(lines, "sp_bpe.model", model_type="bpe", vocab_size=700, byte_fallback=True, character_coverage=0.99,
                        normalization_rule_name="identity", remove_extra_whitespaces=False)
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        # Ligature, full width, a pair of characters, one that goes, blanks of other kinds, one that is a token.
        for source, target in [("FB01", "66 69"), ("FF21", "41"), ("FF22", "42"), ("71 307", "51"), ("200B", ""), ("A0", "20"),
                               ("3000", "20"), ("9", "20"), ("1E9B 323", "1E69"), ("2460", "31")]:
            rules.write(f"{source}\t{target}\n")
        rules.flush()
        train_sentencepiece(lines, "sp_unigram.model", model_type="unigram", vocab_size=500, character_coverage=0.98,
                            normalization_rule_tsv=rules.name, user_defined_symbols=["<tool>", "foo", "\u2460", "a b", "a  q"])
    train_sentencepiece(lines, "sp_user.model", model_type="bpe", vocab_size=500, character_coverage=0.98,
                        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
                        user_defined_symbols=["<tool>", "foo", MARK * 2, MARK * 4], allow_whitespace_only_pieces=True)

    bpe = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    bpe.normalizer = pipelines()["prepend"][0]
    bpe.decoder = decoders.Sequence([decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(),
                                     decoders.Strip(" ", 1, 0)])
    bpe.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=900, special_tokens=SPECIAL + BYTES, limit_alphabet=200,
                                                       show_progress=False))
    bpe.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    save(bpe, "hf_bpe.json")

    unigram = Tokenizer(models.Unigram())
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    unigram.train_from_iterator(lines, trainers.UnigramTrainer(vocab_size=500, special_tokens=["<unk>", "</s>"], unk_token="<unk>",
                                                               show_progress=False))
    unigram.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    save(unigram, "hf_unigram.json")


def pipelines():
    """Normalizer and pre-tokenizer of each variant of hf_bpe.json and hf_unigram.json."""
    marks = [normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)]
    metaspace = lambda scheme, split: pre_tokenizers.Metaspace(replacement=MARK, prepend_scheme=scheme, split=split)
    return {
        "prepend": (normalizers.Sequence(marks), None),
        "first": (None, metaspace("first", False)),
        "always": (None, metaspace("always", True)),
        "gemma": (normalizers.Replace(" ", MARK), pre_tokenizers.Split(" ", "merged_with_previous")),
        "nfkc": (normalizers.Sequence([normalizers.NFKC(), *marks]), metaspace("never", True)),
        "nfd": (normalizers.NFD(), metaspace("first", True)),
    }


def hugging_face(name, normalizer, pre_tokenizer):
    tokenizer = Tokenizer.from_file(str(HERE / name))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    return tokenizer


def ids_of(tokenizer, text, special=False):
    tokenizer.encode_special_tokens = not special
    return tokenizer.encode(text, add_special_tokens=special).ids


def decoded(oracle):
    """Ids at random, those of blanks in front more often, and what they decode to."""
    rng = random.Random(22)
    pieces = [oracle.id_to_piece(i) for i in range(len(oracle))]
    ids = [i for i in range(len(oracle)) if not (oracle.is_control(i) or oracle.is_unknown(i) or oracle.is_byte(i))]
    marked = [i for i in ids if pieces[i].startswith(MARK)] + [i for i in ids if set(pieces[i]) == {MARK}] * 40
    rows = [[rng.choice(marked) for _ in range(rng.randint(0, 3))] + [rng.choice(ids) for _ in range(rng.randint(0, 4))]
            for _ in range(60)]
    return [{"ids": row, "text": oracle.decode(row)} for row in rows]


def main(data):
    train(texts_of(data))
    cases = [json.loads(line)["text"] for line in (HERE / "cases.jsonl").read_text().splitlines()]
    cases += OWN_LINES + later_lines()
    kinds, special, texts_of_ids = {}, {}, {}
    for name in ["sp_bpe", "sp_unigram", "sp_user"]:
        oracle = sentencepiece.SentencePieceProcessor(model_file=str(HERE / f"{name}.model"))
        kinds[name] = [oracle.encode(text) for text in cases]
        texts_of_ids[name] = decoded(oracle)
    for file in ["hf_bpe", "hf_unigram"]:
        for name, (normalizer, pre_tokenizer) in pipelines().items():
            if file == "hf_unigram" and name in ["prepend", "gemma"]:
                continue
            oracle = hugging_face(f"{file}.json", normalizer, pre_tokenizer)
            kinds[f"{file} {name}"] = [ids_of(oracle, text) for text in cases]
            special[f"{file} {name}"] = [{"text": text, "ids": ids_of(oracle, text, special=True)} for text in
                                         ["<s>a <s> b</s>c", " the", "<s> the</s>", "the<unk>", ""]]
    qwen2 = hugging_face("tokenizer.json", normalizers.NFC(), pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(QWEN2), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]))
    kinds["qwen2"] = [ids_of(qwen2, text) for text in cases]
    forms = {}
    every = "\n".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    rng = random.Random(3)
    pool = [0x41, 0x61, 0x65, 0x300, 0x301, 0x323, 0x327, 0x308, 0x345, 0x334, 0x1100, 0x1161, 0x11A8, 0xAC00, 0xAC01, 0x1E9B, 0x1E69,
            0xC5, 0x212B, 0x958, 0x93C, 0xFB01, 0x3099, 0x304B, 0x5D0, 0x5B7, 0x1D15E, 0x2F800, 0x9C7, 0x9BE, 0xDDC, 0x1F82]
    mixed = "".join(chr(rng.choice(pool)) for _ in range(1200))
    for form in ["NFC", "NFD", "NFKC", "NFKD"]:
        normalizer = getattr(normalizers, form)()
        forms[form] = {"every": fnv(normalizer.normalize_str(every)), "mixed": fnv(normalizer.normalize_str(mixed))}
    hashes = {name: [fnv(",".join(map(str, ids))) for ids in rows] for name, rows in kinds.items()}
    lines = {"texts": OWN_LINES + later_lines(), "decoded": texts_of_ids, "mixed": mixed, "forms": forms, "special": special, "hashes": hashes}
    body = ",\n".join(f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in lines.items())
    (HERE / "kinds.json").write_text("{" + body + "}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
