"""Code that people run in their browsers, and whose output they share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pytest
from playwright.async_api import Locator, expect

from tests.browser.browsers import BROWSERS
from tests.browser.conftest import OpenBrowser
from tests.browser.person import Person
from tests.servers import Server, StartServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDED: Final = re.compile("exit code|stopped|crashed")
ENDED_MIDWAY: Final = ["^undefined$"]
"""Firefox reports this when Python is ended in the middle of something."""
FRAME_REFUSED: Final = ["aboutNetError"]
"""Firefox shows a page of its own in a frame that it refuses, and blocks that page's script."""
ENDLESS: Final = {
    "Python": "print('on it')\nwhile True:\n    pass\n",
    # It is told to stop, and goes on.
    "Python that will not hear": "print('on it')\nwhile True:\n    try:\n        while True:\n"
    "            pass\n    except BaseException:\n        pass\n",
    "JavaScript": "console.log('on it');\nfor (;;);\n",
}
GREETING: Final = {
    "Python": (
        "import sys\nprint(f'hi {input()}')\n"
        "print(sys.stdin.read(), file=sys.stderr)\nsys.exit(3)\n",
        "hi Ada\nand Bob\n",
    ),
    "JavaScript": (
        "console.log(`hi ${readline()}`);\n"
        "console.error(require('fs').readFileSync(0, 'utf8'));\nprocess.exit(3);\n",
        "hi Ada\nand Bob\n",
    ),
    "TypeScript": (
        "enum Exit { Odd = 3 }\nconst who: string | null = readline();\n"
        "console.log(`hi ${who}`);\nconsole.error(readline() as string);\n"
        "process.exit(Exit.Odd);\n",
        "hi Ada\nand Bob\n",
    ),
    "C++": (
        "#include <stdio.h>\nint main() {\n  char who[99], rest[99];\n"
        '  scanf("%98s and %98s", who, rest);\n  printf("hi %s\\n", who);\n'
        '  fprintf(stderr, "and %s\\n", rest);\n  return 3;\n}\n',
        "hi Ada\nand Bob\n",
    ),
}


class Runner:
    """Somebody who runs code."""

    def __init__(self, person: Person) -> None:
        self.person = person
        page = person.page
        self.panel = page.get_by_role("tabpanel", name="Output")
        self.state = page.locator(".run-state")
        self.output = page.get_by_role("log", name="Program output")
        self.run = page.get_by_role("button", name="Run", exact=True)
        self.stop = page.get_by_role("button", name="Stop", exact=True)

    async def writes(self, text: str) -> None:
        """Replace the text in the editor by this one, and wait until it is saved."""
        await self.person.editor.click()
        await self.person.page.keyboard.press("Control+a")
        await self.person.paste(text)
        await self.person.sees("Saved")

    async def runs_to_the_end(self) -> None:
        """Run the text by keyboard, and wait until it has ended."""
        # Remove what the page says about the run before.
        await self.state.evaluate("(state) => { state.textContent = ''; }")
        await self.person.page.keyboard.press("Control+Enter")
        await expect(self.state).to_have_text(ENDED)

    async def waits_patiently(self) -> None:
        """Give a stopped program much more time before it is ended.

        The frame ends it first, and the page throws the frame away where even that takes long.
        """
        [run] = (frame for frame in self.person.page.frames if frame.url.endswith("/run"))
        for frame in self.person.page.main_frame, run:
            await frame.evaluate(
                "() => { const wait = setTimeout; setTimeout = (f, ms) => wait(f, 100 * ms); }"
            )

    def printed(self, stream: str) -> Locator:
        return self.output.locator(f".{stream}")


async def start(
    url: str, open_browser: OpenBrowser, language: str = "Python", reports: Sequence[str] = ()
) -> tuple[Runner, str]:
    """Let Ada start a room in this language; return her, and the room's link."""
    ada = await open_browser("Ada", reports=reports)
    link = await ada.start_room(url, language=language)
    return Runner(ada), link


@pytest.mark.parametrize("browser_name", BROWSERS)
@pytest.mark.parametrize("language", GREETING)
async def test_a_program_reads_and_prints_in_each_language(
    server: Server, open_browser: OpenBrowser, language: str
) -> None:
    ada, _ = await start(server.url, open_browser, language)
    text, printed = GREETING[language]
    await ada.person.page.get_by_role("tab", name="Output").click()
    await ada.person.page.get_by_label("Input").fill("Ada\nand Bob")
    await ada.writes(text)
    await ada.runs_to_the_end()
    await expect(ada.state).to_contain_text("exit code 3")
    assert (await ada.output.inner_text()).rstrip() == printed.rstrip()
    await expect(ada.printed("stdout")).to_have_text("hi Ada\n", use_inner_text=False)
    await expect(ada.printed("stderr")).to_have_text(re.compile(r"^and Bob\n*$"))


@pytest.mark.parametrize("kind", ENDLESS)
async def test_an_endless_loop_is_stopped_and_the_next_run_works(
    server: Server, open_browser: OpenBrowser, kind: str
) -> None:
    ada, _ = await start(server.url, open_browser, kind.split()[0], reports=ENDED_MIDWAY)
    await ada.writes(ENDLESS[kind])
    await ada.run.click()
    await expect(ada.printed("stdout")).to_have_text("on it")
    if kind == "Python":
        await ada.waits_patiently()
    await ada.stop.click()
    await expect(ada.state).to_contain_text("stopped")
    if kind == "Python":  # it was interrupted, and says where
        await expect(ada.printed("stderr")).to_contain_text("KeyboardInterrupt")
        return
    await ada.writes("print('again')" if kind.startswith("Python") else "console.log('again')")
    await ada.runs_to_the_end()
    await expect(ada.output).to_have_text("again")


async def test_everybody_sees_who_ran_which_revision_and_what_it_printed(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, link = await start(server.url, open_browser, "JavaScript")
    bob = Runner(await open_browser("Bob"))
    await bob.person.join(link)
    await ada.writes("console.log('from ' + 'Ada')")
    await ada.runs_to_the_end()
    await bob.person.page.get_by_role("tab", name="Output 1").click()
    await expect(bob.state).to_have_text(re.compile(r"^Ada: revision 1, exit code 0, "))
    await expect(bob.output).to_have_text("from Ada")

    # Bob runs something too, and Ada sees it; Ada can go back to her own run.
    await bob.writes("console.log('from ' + 'Bob')")
    await bob.runs_to_the_end()
    await expect(ada.output).to_have_text("from Bob")
    which = ada.person.page.get_by_role("combobox", name="Choose a run")
    await which.select_option("Your last run")
    await expect(ada.output).to_have_text("from Ada")

    # A person who comes later sees both.
    eve = Runner(await open_browser("Eve"))
    await eve.person.join(link)
    await eve.person.page.get_by_role("tab", name="Output").click()
    await expect(eve.state).to_contain_text("Bob: revision 2")
    await expect(eve.person.page.get_by_role("option", name="Ada: revision 1")).to_have_count(1)


async def test_a_run_is_ones_own_where_that_is_chosen(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, link = await start(server.url, open_browser, "JavaScript")
    await ada.writes("console.log('mine')")
    await ada.person.page.get_by_role("tab", name="Output").click()
    await ada.person.page.get_by_label("Share my runs").uncheck()
    await ada.person.editor.click()
    await ada.runs_to_the_end()
    await expect(ada.output).to_have_text("mine")
    session = (await server.store.link(link.rpartition("/")[2])) or pytest.fail("no link")
    assert await server.store.runs(session.session_id) == []


@pytest.mark.parametrize("browser_name", BROWSERS)
async def test_code_that_runs_reaches_neither_the_account_nor_the_page(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, _ = await start(server.url, open_browser, reports=["violates the following directive"])
    # The page's scripts may be read from any origin: only the policy prevents it here.
    script = await ada.person.page.evaluate("document.querySelector('script[src]').src")
    await ada.writes(ESCAPING.replace("ADDRESS", server.url).replace("SCRIPT", script))
    await ada.runs_to_the_end()
    await expect(ada.state).to_contain_text("exit code 0")
    for line in (await ada.output.inner_text()).strip().splitlines():
        assert line.endswith("is closed"), line
    assert (await ada.output.inner_text()).count("is closed") == 8


async def test_what_breaks_a_runtime_leaves_the_editor_alive(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, _ = await start(server.url, open_browser)
    await ada.writes(BREAKING)
    await ada.runs_to_the_end()
    await expect(ada.state).to_contain_text("crashed")
    await expect(ada.output).to_contain_text("there is an end to memory")
    await ada.writes("print('alive')")
    await ada.runs_to_the_end()
    await expect(ada.output).to_have_text("alive")


async def test_what_is_printed_is_cut_where_it_is_too_much(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, _ = await start(server.url, open_browser, "JavaScript")
    await ada.writes("for (let i = 0; i < 1e5; i++) console.log('0123456789');")
    await ada.runs_to_the_end()
    await expect(ada.output).to_contain_text("The rest of the output was cut off.")
    assert await ada.output.evaluate("(log) => log.textContent.length") < 2**20 + 100


async def test_an_owner_switches_runs_off_and_all_are_told_why(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, link = await start(server.url, open_browser, "JavaScript")
    bob = Runner(await open_browser("Bob"))
    await bob.person.join(link)
    await bob.person.page.get_by_role("tab", name="Output").click()
    await ada.person.page.get_by_role("tab", name="Output").click()
    allowed = ada.person.page.get_by_label("Allow running code in this session")
    await allowed.uncheck()
    for who in (ada, bob):
        await expect(who.run).to_be_hidden()
        await expect(who.panel).to_contain_text("turned off running code in this session")
    await allowed.check()
    await expect(bob.run).to_be_visible()


async def test_a_server_that_has_no_code_run_says_so(
    start_server: StartServer, open_browser: OpenBrowser
) -> None:
    server = await start_server(run=False)
    ada, _ = await start(server.url, open_browser)
    await expect(ada.run).to_be_hidden()
    await ada.person.page.keyboard.press("Control+Enter")
    await expect(ada.panel).to_contain_text("turned off on this server")


@pytest.mark.parametrize(
    ("blocked", "browser_name"),
    [
        ("**/run", "chromium"),
        ("**/run", "firefox"),
        ("**/assets/run-*", "chromium"),
        ("**/assets/javascript-*", "chromium"),
    ],
)
async def test_what_runs_code_is_given_up_when_it_is_silent_and_it_is_said_what_to_do(
    server: Server, open_browser: OpenBrowser, blocked: str
) -> None:
    ada, _ = await start(server.url, open_browser, "JavaScript", reports=FRAME_REFUSED)
    page = ada.person.page
    await ada.writes("console.log('here')")
    await page.clock.install()
    await page.route(blocked, lambda route: route.fulfill(body="", content_type="text/javascript"))
    await ada.run.click()
    await expect(ada.state).to_have_text("Starting…")
    await page.clock.run_for(14_000)
    await expect(ada.state).to_have_text("Starting…")
    await page.clock.run_for(2_000)
    await expect(ada.state).to_have_text("Not run")
    await expect(ada.output).to_contain_text("didn’t respond for 15 seconds")
    await expect(ada.output).to_contain_text("reload the page, then run the program again")
    await page.unroute(blocked)
    await ada.runs_to_the_end()
    await expect(ada.output).to_have_text("here")


async def test_a_page_that_is_older_than_the_server_asks_to_be_reloaded(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, _ = await start(server.url, open_browser, "C++")
    await ada.writes("int main() {}")
    await ada.person.page.route("**/assets/cpp-*", lambda route: route.fulfill(status=404))
    await ada.run.click()
    await expect(ada.output).to_contain_text("newer version of this page. Reload it, then run")
    # The other, large files are on their way: no more progress is reported for them.
    await expect(ada.state).to_have_text("Not run")
    await ada.person.page.wait_for_load_state("networkidle")
    await expect(ada.state).to_have_text("Not run")


async def test_java_is_edited_and_said_not_to_be_run(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada, _ = await start(server.url, open_browser, "Java")
    await expect(ada.run).to_have_attribute("aria-disabled", "true")
    await ada.person.page.keyboard.press("Control+Enter")
    await expect(ada.panel).to_contain_text("Java can be edited here, but not run.")
    await expect(ada.stop).to_be_hidden()


async def test_the_panel_is_opened_sized_and_closed_by_the_keyboard_and_fits_a_phone(
    server: Server, open_browser: OpenBrowser
) -> None:
    ada = await open_browser("Ada", width=360, height=640)
    await ada.start_room(server.url)
    tab = ada.page.get_by_role("tab", name="Output")
    await tab.focus()
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.get_by_role("tabpanel", name="Output")).to_be_visible()
    edge = ada.page.get_by_role("separator", name="Panel height")
    await edge.focus()
    await ada.page.keyboard.press("End")
    await expect(edge).to_have_attribute("aria-valuenow", "75")
    assert await ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await ada.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    await ada.page.keyboard.press("Escape")
    await expect(ada.page.get_by_role("tabpanel", name="Output")).to_be_hidden()
    await expect(tab).to_be_focused()


BREAKING: Final = """
import sys
blocks = []
try:
    while True:
        blocks.append(bytes(2**26))
except MemoryError:
    del blocks
    print("there is an end to memory")
sys.setrecursionlimit(10**9)
def down():
    down()
down()
"""

ESCAPING: Final = """
import js, time
from pyodide.ffi import run_sync

def closed(what, attempt):
    try:
        attempt()
    except BaseException:
        print(f"{what} is closed")
    else:
        print(f"{what} IS OPEN")

def fetch(address):
    run_sync(js.fetch(address))

def imported():
    js.importScripts(PAGE + "/openapi.json")

def socket():
    ws = js.WebSocket.new(PAGE.replace("http", "ws") + "/ws/x")
    for _ in range(50):
        if ws.readyState == 1:
            return
        if ws.readyState == 3:
            raise OSError
        run_sync(js.Promise.new(lambda resolve, _: js.setTimeout(resolve, 20)))
    raise OSError

def database():
    js.indexedDB.open("x")

PAGE = "ADDRESS"
closed("the API", lambda: fetch(PAGE + "/api/v1/sessions"))
closed("the page", lambda: fetch(PAGE + "/"))
closed("an asset", lambda: fetch("SCRIPT"))
closed("a script", imported)
closed("the socket", socket)
closed("the database", database)
closed("the storage", lambda: js.localStorage.getItem("x"))
closed("the locks", lambda: run_sync(js.navigator.locks.query()))
"""
