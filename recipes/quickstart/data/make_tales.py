#!/usr/bin/env python3
"""Chooses the fairy tales of tales.jsonl.zst from a larger corpus of Project Gutenberg books.

    zstd -dc books.jsonl.zst | ./make_tales.py | zstd -19 >tales.jsonl.zst

Reads and writes JSON lines {"text", "title", "author", "source", "license", ..}. Takes the books of TITLES, of which every one was
published before 1930, and of these the easy chapters without slurs and cruelty. Python 3 standard library only.
"""
import json
import re
import sys

TITLES = {
    "Aesop's Fables: A New Revised Version From Original Sources",
    "Alice in Wonderland, Retold in Words of One Syllable",
    "Alice's Adventures in Wonderland",
    "American Fairy Tales",
    "Andersen's Fairy Tales",
    "Dorothy and the Wizard in Oz",
    "Fairy Tales of Hans Christian Andersen",
    "Grimm's Fairy Stories",
    "Grimm's Fairy Tales",
    "Hans Andersen's Fairy Tales. First Series",
    "Hans Andersen's Fairy Tales. Second Series",
    "Household Stories by the Brothers Grimm",
    "Queen Zixi of Ix; Or, the Story of the Magic Cloak",
    "Snowdrop & Other Tales",
    "Stories from Hans Andersen",
    "The Adventures of Pinocchio",
    "The Blue Fairy Book",
    "The Book of Dragons",
    "The Green Fairy Book",
    "The Land of Oz",
    "The Magic of Oz",
    "The Road to Oz",
    "The Wind in the Willows",
    "The Wonderful Wizard of Oz",
    "The Yellow Fairy Book",
    "Through the Looking-Glass",
    "Twinkle and Chubbins: Their Astonishing Adventures in Nature-Fairyland",
}
LEFT_OUT = re.compile(
    r"\b(jews?|jewish|negro\w*|nigg\w*|savages?|gip[sy]\w*|gyps\w*|moors?|blackamoor|heathens?|slaves?|turks?"
    r"|whip\w*|hang(ed|man)|gallows|murder\w*|blood\w*|kill\w*|corpse|devil)\b", re.IGNORECASE)
HARDEST = 8.0  # automated readability index


def readability(text):
    """Automated readability index: about the school year that reads it."""
    words = len(text.split())
    sentences = max(1, len(re.findall(r"[.!?]+", text)))
    letters = sum(c.isalnum() for c in text)
    return 4.71 * letters / words + 0.5 * words / sentences - 21.43


def main():
    for line in sys.stdin:
        book = json.loads(line)
        if book["source"] != "gutenberg" or book.get("title") not in TITLES:
            continue
        if LEFT_OUT.search(book["text"]) or readability(book["text"]) >= HARDEST:
            continue
        print(json.dumps({key: book[key] for key in ("text", "title", "author", "source", "license")}, ensure_ascii=False))


if __name__ == "__main__":
    main()
