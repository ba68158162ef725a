"""`python -m tests.browser.picture` makes the README's picture of the page anew.

Two people write in one session: one of them has run the program, and both have just typed.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page, expect

from tests.browser.browsers import Browsers, running_browsers
from tests.browser.person import Person
from tests.servers import starting_servers

PICTURE: Final = Path(__file__).parents[2] / "docs" / "page.png"
PIXELS: Final = 1.2
"""Of the picture, for each of the page: small letters are read well, and it stays small."""
STILL: Final = ".cm-cursorLayer, .ot-caret-name { animation: none !important; }"
"""One's own caret blinks, and the others' names fade."""
PROGRAM: Final = '''\
"""Shortest paths, after Dijkstra."""

import heapq
from collections import defaultdict


def shortest(graph: dict[str, list[tuple[str, int]]], start: str) -> dict[str, int]:
    distance = defaultdict(lambda: 10**9, {start: 0})
    queue = [(0, start)]
    while queue:
        so_far, node = heapq.heappop(queue)
        for other, length in graph[node]:
            if so_far + length < distance[other]:
                distance[other] = so_far + length
                heapq.heappush(queue, (distance[other], other))
    return dict(distance)


roads = {"a": [("b", 3), ("c", 9)], "b": [("c", 2)], "c": []}
print(shortest(roads, "a"))

print(shortest(roads, begin))
'''


async def main() -> None:
    """Make it."""
    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as folder:
        async with starting_servers(Path(folder)) as start, running_browsers() as browsers:
            server = await start()
            ada = Person("Ada Lovelace", await opened(browsers))
            grace = Person("Grace Hopper", await opened(browsers))
            link = await ada.start_room(server.url, "Shortest paths")
            await ada.editor.click()
            await ada.paste(PROGRAM)
            await ada.sees("Saved")
            await grace.join(link)
            await grace.page.get_by_role("button", name="Run", exact=True).click()
            await ada.page.get_by_role("tab", name="Output").click()
            await expect(ada.page.get_by_role("log")).to_contain_text("NameError")
            await expect(ada.page.locator(".cm-lintRange-error")).to_be_visible()
            await goes_to_the_end_of(ada, "queue = [(0, start)]")
            await ada.type("  # the nearest first")
            await goes_to_the_end_of(grace, "begin))")
            await grace.type("  # from wh")
            await ada.reads("# from wh")
            await expect(ada.page.get_by_text("Grace Hopper is typing")).to_be_visible()
            await ada.page.screenshot(path=PICTURE, style=STILL)
    print(PICTURE)


async def opened(browsers: Browsers) -> Page:
    """Open a window."""
    browser = await browsers.get("chromium")
    context = await browser.new_context(
        viewport={"width": 1300, "height": 910},
        device_scale_factor=PIXELS,
        permissions=["clipboard-read", "clipboard-write"],
    )
    return await context.new_page()


async def goes_to_the_end_of(person: Person, text: str) -> None:
    """Have the caret behind the first line that ends so."""
    await person.page.locator(".cm-line", has_text=text).first.click()
    await person.page.keyboard.press("End")


if __name__ == "__main__":
    asyncio.run(main())
