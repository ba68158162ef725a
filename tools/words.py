"""`make lint`: the words that nobody has to read twice: each place where another one stands.

The words are those of `WORDS`, in every text file that Git tracks, also across the end of a line.
This file and its test have to name them; nothing else does.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
OWN = {"tools/words.py", "tests/tools/test_words.py"}

BREAK = r"\s+(?:(?:#+|//+|\*|--)\s+)?"
"""What may stand between two words: spaces, or the end of a line and the sign of a comment."""

WORDS = {
    "whoever": "anybody who, somebody who, the person who",
    "how-manieth": "number, or number ... counting from 1",
    "himself": "themselves, itself, or nothing",
    "but for": "except, apart from",
}
"""The word, and what to write instead."""

PATTERNS = {word: re.compile(rf"\b{word.replace(' ', BREAK)}\b", re.IGNORECASE) for word in WORDS}


def misplaced(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line of a text that holds such a word, counting from 1, and the word."""
    for word, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, word


def tracked(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file that Git tracks, if it holds UTF-8.

    Raises:
        CalledProcessError, FileNotFoundError: `root` is no checkout, or there is no Git.
    """
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)
    for path in sorted(listed.stdout.decode().split("\0")):
        try:
            yield path, (root / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue  # binary, deleted and not committed yet, or a link to a folder


def main(root: Path = ROOT) -> int:
    """Print each misplaced word; the exit status."""
    try:
        files = [(path, text) for path, text in tracked(root) if path not in OWN]
    except (subprocess.CalledProcessError, FileNotFoundError):
        print("words: not a Git checkout, so nothing was checked")
        return 0
    places = [(path, line, word) for path, text in files for line, word in misplaced(text)]
    for path, line, word in sorted(places):
        print(f'{path}:{line}: instead of "{word}" write {WORDS[word]}')
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
