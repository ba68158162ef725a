"""Python's names by what they mean: jedi, held to the text and to the standard library.

Nothing of the text is ever run.
"""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path
from typing import Any, Final

import jedi
import parso.cache
from jedi import settings

from ot_server.codehelp.completions import MOST_ITEMS, Completion, Kind, word_before
from ot_server.codehelp.confinement import standard_library

__all__ = ["complete", "folders", "warm_up"]

EXPLAINED_SECONDS: Final = 0.1
"""How long is looked for signatures and documentation, of the likeliest first."""
LONGEST_DOCUMENTATION: Final = 400
LONGEST_SIGNATURE: Final = 200
"""In code points."""

KINDS: Final[dict[str, Kind]] = {
    "module": "module",
    "namespace": "module",
    "class": "class",
    "function": "function",
    "property": "property",
    "param": "parameter",
    "keyword": "keyword",
    "instance": "variable",
    "statement": "variable",
}
"""By jedi's; what is not here is no name."""
EXPLAINED: Final[tuple[Kind, ...]] = ("module", "class", "function", "property")
"""Of anything else jedi only knows what its type's author says."""
BUILTINS: Final = "builtins"


def folders() -> list[Path]:
    """Return where the files lie that this needs, beside the standard library."""
    return [Path(module.__file__).parent for module in (jedi, parso) if module.__file__]


@cache
def _ground() -> tuple[Any, Any]:
    """Return a project without files, in the Python that runs this."""
    settings.auto_import_modules = []  # they would be run
    # What parso has read it keeps, pickled, in files for all programs of this user.
    parso.cache._load_from_file_system = lambda *_, **__: None
    parso.cache._save_to_file_system = lambda *_, **__: None
    parso.cache._remove_cache_and_update_lock = lambda *_, **__: None
    project = jedi.Project(
        "/nowhere", sys_path=standard_library(), smart_sys_path=False, load_unsafe_extensions=False
    )
    return project, jedi.InterpreterEnvironment()


def warm_up() -> None:
    """Read what every text needs."""
    complete("''.jo", 5)


def complete(text: str, offset: int) -> list[Completion]:
    """Return what may be meant at an offset of a text in Python, the likeliest first.

    Raises whatever jedi does.
    """
    project, environment = _ground()
    before = text[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1)
    script = jedi.Script(text, project=project, environment=environment)
    word = word_before(text, offset)
    is_attribute = before.removesuffix(word).rstrip().endswith(".")
    found = [
        name
        for name in script.complete(line, column)
        if name.type in KINDS and name.name.lower().startswith(word.lower())
    ]
    found.sort(key=lambda name: _likelihood(name, word, is_attribute))
    until = time.monotonic() + EXPLAINED_SECONDS
    return [_completion(name, time.monotonic() < until) for name in found[:MOST_ITEMS]]


def _likelihood(name: Any, word: str, is_attribute: bool) -> tuple[object, ...]:
    """What has the case that was typed comes first, then what is near, then what is public."""
    text: str = name.name
    near = 0 if is_attribute else _distance(name)
    private = 2 if text.startswith("__") else text.startswith("_")
    return not text.startswith(word), private, near, text.lower()


def _distance(name: Any) -> int:
    """Return 0 for what the text itself names, 1 for keywords, 2 for builtins."""
    if name.type == "keyword":
        return 1
    return 2 if name.module_name == BUILTINS else 0


def _completion(name: Any, explains: bool) -> Completion:
    kind = KINDS[name.type]
    if not explains or kind not in EXPLAINED:
        return Completion(name.name, kind)
    signatures = name.get_signatures()
    signature = signatures[0].to_string()[:LONGEST_SIGNATURE] if signatures else None
    documentation = _beginning(name.docstring(raw=True), name.name)[:LONGEST_DOCUMENTATION]
    return Completion(name.name, kind, signature, documentation or None)


def _beginning(documentation: str, name: str) -> str:
    """Return the first paragraph that isn't how the name is called, as one line."""
    first, _, rest = documentation.strip().partition("\n\n")
    if rest and f"{name}(" in first.partition("\n")[0]:
        first = rest.partition("\n\n")[0]
    return " ".join(first.split())
