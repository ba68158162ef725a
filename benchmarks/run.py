"""How long a program takes from "Run" to its end, the first time and later, and from "Stop"."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from benchmarks.results import keep, table
from ot_server.http.edge.page import FOLDER
from tests.browser.browsers import launched
from tests.browser.person import Person
from tests.servers import ProcessServer

__all__: list[str] = []

PROGRAMS: Final = {
    "Python": "print('hi')",
    "JavaScript": "console.log('hi')",
    "TypeScript": "const word: string = 'hi';\nconsole.log(word)",
    "C++": '#include <iostream>\nint main() { std::cout << "hi" << std::endl; }',
}
ENDLESS: Final = {
    "Python": "print('on it', flush=True)\nwhile True:\n    pass",
    "JavaScript": "console.log('on it');\nwhile (true) {}",
    "TypeScript": "console.log('on it');\nwhile (true) {}",
    "C++": '#include <stdio.h>\nint main() { puts("on it"); fflush(stdout); while (getchar()) {} }',
}
FILES: Final = {
    "Python": ("python-", "pyodide-", "python_stdlib-"),
    "JavaScript": ("javascript-", "quickjs-"),
    "TypeScript": ("typescript-", "quickjs-"),
    "C++": ("cpp-", "llvm"),
}
"""The files that are loaded for each language, by the beginnings of their names."""
LATER: Final = 3
"""How many runs follow the first."""
IDLE: Final = """() => new Promise((resolve) => requestIdleCallback(resolve))"""
PRESS: Final = """() => new Promise((resolve) => {
  const state = document.querySelector(".run-state");
  state.textContent = "";
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (!/exit code|stopped|crashed|Not run/.test(state.textContent)) return;
    observer.disconnect();
    resolve([performance.now() - began, state.textContent]);
  }).observe(state, { childList: true, characterData: true, subtree: true });
  document.querySelector(".panel-tools button").click();
})"""
"""Resolves with the milliseconds by the page's clock, and the state at the end."""


async def press(page: Page, end: str) -> float:
    """Press Run or Stop; return after how many seconds the run has ended in this way."""
    milliseconds, said = await page.evaluate(PRESS)
    if end not in said:
        raise SystemExit(f"it has not ended as it should: {said}")
    return float(milliseconds) / 1000


async def write(person: Person, text: str) -> None:
    """Replace the text in the editor by this one, and wait until it is saved."""
    await person.editor.click()
    await person.page.keyboard.press("Control+a")
    await person.paste(text)
    await person.sees("Saved")


async def measure(browser: Browser, url: str, language: str) -> tuple[float, list[float], float]:
    """Return the seconds of the first run, in a browser with an empty cache, and of later ones.

    Also the seconds that it takes to stop an endless loop.
    """
    context = await browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    person = Person("Ada", await context.new_page())
    await person.start_room(url, language=language)
    await write(person, PROGRAMS[language])
    await person.page.evaluate(IDLE)
    first = await press(person.page, "exit code 0")
    later = []
    for _ in range(LATER):
        # People read the output; meanwhile the next worker is prepared.
        await asyncio.sleep(5)
        later.append(await press(person.page, "exit code 0"))
    await write(person, ENDLESS[language])
    await person.page.locator(".panel-tools button").click()
    await person.page.locator(".stdout").get_by_text("on it").wait_for(timeout=120_000)
    stopped = await press(person.page, "stopped")
    await context.close()
    return first, later, stopped


def loaded(language: str) -> float:
    """Return how much is loaded for a language, in megabytes compressed by gzip."""
    sizes: dict[str, int] = {}
    for file in sorted((FOLDER / "assets").iterdir()):
        name = file.name.removesuffix(".gzip")
        if name.startswith(FILES[language]) and file.suffix != ".brotli":
            sizes[name] = min(file.stat().st_size, sizes.get(name, 2**63))
    total = sum(sizes.values())
    return total / 1_000_000


async def bench(repeats: int) -> list[list[str]]:
    rows = []
    async with AsyncExitStack() as stack:
        data = stack.enter_context(tempfile.TemporaryDirectory())
        server = ProcessServer(Path(data))
        await server.start()
        stack.push_async_callback(server.kill)
        playwright = await stack.enter_async_context(async_playwright())
        for language in PROGRAMS:
            firsts, others, stops = [], [], []
            for _ in range(repeats):
                browser = await launched(playwright, "chromium")
                first, later, stopped = await measure(browser, server.url, language)
                await browser.close()
                firsts.append(first)
                others += later
                stops.append(stopped)
            cells = (
                loaded(language),
                statistics.median(firsts),
                statistics.median(others),
                max(stops),
            )
            rows.append([language, *(f"{cell:.3g}" for cell in cells)])
            print(" ".join(rows[-1]))
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="browsers for each language")
    parser.add_argument("--only-print", action="store_true", help="leave RESULTS.md as it is")
    options = parser.parse_args(arguments)
    rows = asyncio.run(bench(options.repeats))
    body = table(
        ["language", "loaded, MB packed", "first run, s", "later runs, s", "stopped, s"], rows
    )
    text = f"""
## Running code in the browser

From the press of "Run" until the page says how a program of one line has ended, in Chromium,
with a server on the same machine: so the first run is loading, almost without a network,
compiling WebAssembly, starting, and running; a later run, five seconds after the one before, has
a worker that is ready. C++ is compiled anew each time. Medians of {options.repeats} browsers, each
with nothing in its cache, and of {LATER} later runs in each. Stopped, from the press of "Stop", is
a loop without an end; the slowest of {options.repeats}. All by the clock, which includes others
who share the machine.

{body}
"""
    print(text)
    if not options.only_print:
        keep("run", text)


if __name__ == "__main__":
    main()
