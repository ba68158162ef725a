"""`make docs`: checks that every relative link in the documentation leads somewhere, and that
every example runs.

Links to other sites are not followed, because this works without a network.
"""

import doctest
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.+?) *#*$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The fragments that links into ``page`` can have, made from its headings as Git hosts do."""
    headings = HEADING.findall(FENCED.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    """The relative links of ``page`` to a missing file, or to a missing heading."""
    for link in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (fragment and fragment not in anchors(target)):
            yield f"{page.relative_to(ROOT)}: {link} leads nowhere"


def main() -> int:
    """Check README, CHANGELOG and docs/; the exit status."""
    pages = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
    broken = [line for page in pages for line in broken_links(page)]
    runs = [doctest.testfile(str(page), module_relative=False) for page in pages]
    examples = sum(run.attempted for run in runs)
    for line in broken:
        print(line)
    print(f"{len(pages)} pages, {len(broken)} broken links, {examples} examples")
    return 1 if broken or any(run.failed for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
