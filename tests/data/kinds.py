"""See kinds.sh. The golden tokenizers of tests/golden/tokenizer/generate_kinds.py on 10 MB instead of some hundred lines,
and what real ones Python packages carry: Mistral's sentencepiece BPE of 32,000 tokens (LLaMA 2's kind) from
`mistral-common`, and Qwen's ranks from `dashscope`, which are Qwen2's vocabulary."""
import base64
import json
import sys
import tempfile
from importlib import resources
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from tokenizer import compare, hugging_face_oracle, random_texts, read_texts, write_texts

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "tokenizer"
sys.path.insert(0, str(GOLDEN))
from generate_kinds import QWEN2, hugging_face, pipelines


def sentencepiece_oracle(path):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return lambda text, parse: processor.encode(text)


def hugging_face_files(scratch):
    """Every variant of the golden tokenizers as a file."""
    for file in ["hf_bpe", "hf_unigram"]:
        for name, (normalizer, pre_tokenizer) in pipelines().items():
            if file == "hf_unigram" and name in ["prepend", "gemma"]:
                continue
            path = scratch / f"{file}_{name}.json"
            hugging_face(f"{file}.json", normalizer, pre_tokenizer).save(str(path))
            yield path


def merges_of(ranks):
    """The merge that each token of a vocabulary by ranks comes from: the last that its own encoding makes."""
    merges = []
    for token, rank in ranks.items():
        parts = [bytes([b]) for b in token]
        while len(parts) > 2:
            i = min(range(len(parts) - 1), key=lambda i: ranks.get(parts[i] + parts[i + 1], len(ranks)))
            if ranks.get(parts[i] + parts[i + 1], len(ranks)) >= rank:
                break
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        if len(parts) == 2:
            merges.append((rank, parts))
    return [parts for _, parts in sorted(merges)]


def qwen2_file(scratch):
    """Qwen2's tokenizer.json."""
    ranks = {}
    for line in (resources.files("dashscope") / "resources/qwen.tiktoken").read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    shown = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    spelled = {b: chr(b) for b in shown} | {b: chr(256 + i) for i, b in enumerate(b for b in range(256) if b not in shown)}
    spell = lambda token: "".join(spelled[b] for b in token)
    tokenizer = Tokenizer(models.BPE(vocab={spell(token): rank for token, rank in ranks.items()},
                                     merges=[(spell(a), spell(b)) for a, b in merges_of(ranks)]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(QWEN2), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False)
                                  for t in ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]])
    path = scratch / "qwen2.json"
    tokenizer.save(str(path))
    return path


def main(data, tern):
    texts = read_texts(Path(data) / "tokenizer") + list(random_texts(20000))
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        jsonl = scratch / "texts.jsonl"
        write_texts(texts, jsonl)
        models_of_mistral = resources.files("mistral_common") / "data"
        for path in [GOLDEN / "sp_bpe.model", GOLDEN / "sp_unigram.model", GOLDEN / "sp_user.model",
                     models_of_mistral / "tokenizer.model.v1", models_of_mistral / "mistral_instruct_tokenizer_240323.model.v3"]:
            wrong += compare(tern, path, sentencepiece_oracle(path), texts, jsonl, parses=[False])
        for path in [*hugging_face_files(scratch), qwen2_file(scratch)]:
            wrong += compare(tern, path, hugging_face_oracle(path), texts, jsonl)
    print("tokenizers agree" if wrong == 0 else f"{wrong} disagreements")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
