"""Loads exported.json, a tokenizer.json that Tern wrote (src/tokenizer/export_hf_test.cc says of which tokenizer, and
writes it anew when it changes), with Hugging Face `tokenizers` 0.23, and notes its ids in exported.jsonl:

    python export.py [FILE]      (FILE: the new exported.json, which is copied here)
"""
import json
import shutil
import sys
from pathlib import Path

from tokenizers import Tokenizer

HERE = Path(__file__).parent
OWN_LINES = ["unused [x] <tool>unused", "<|begin_of_text|>a<|eot_id|> \u2603\u2603<tool>\u2603 \u2603\u2603\u2603", "", " "]


def main():
    if len(sys.argv) > 1:
        shutil.copyfile(sys.argv[1], HERE / "exported.json")
    tokenizer = Tokenizer.from_file(str(HERE / "exported.json"))
    texts = [json.loads(line)["text"] for line in (HERE / "cases.jsonl").read_text().splitlines()]
    with open(HERE / "exported.jsonl", "w") as out:
        for text in OWN_LINES + [t for t in texts if len(t) < 200][::2]:
            tokenizer.encode_special_tokens = True
            case = {"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids}
            tokenizer.encode_special_tokens = False
            special = tokenizer.encode(text).ids
            assert special[0] == tokenizer.token_to_id("<|begin_of_text|>")
            if special[1:] != case["ids"] or not text:
                case["special"] = special
            assert tokenizer.decode(special, skip_special_tokens=False) == "<|begin_of_text|>" + text, text
            out.write(json.dumps(case, separators=(",", ":")) + "\n")


main()
