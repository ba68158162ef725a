"""The beginnings of several tests of sharing."""

from __future__ import annotations

from collections.abc import Callable

from playwright.async_api import Locator, WebSocketRoute, expect

from tests.browser.person import Person
from tests.servers import Server

__all__ = ["create_link", "hold_edits", "share_with_bob"]


async def share_with_bob(ada: Person, bob: Person, server: Server) -> None:
    """Let both sign up, and Ada share a session with Bob as an editor; it is in Bob's list."""
    await bob.sign_up(server.url)
    await ada.sign_up(server.url)
    await ada.new_session("Notes")
    panel = await ada.opens_sharing()
    await ada.invites("bob", "Can edit")
    await expect(panel.get_by_role("combobox", name="Role of bob")).to_be_visible()
    await ada.page.keyboard.press("Escape")
    await bob.page.reload()
    await expect(bob.page.get_by_role("link", name="Notes")).to_be_visible()


async def create_link(panel: Locator, role: str, lasting: str) -> str:
    """Allow joining by link, and make a link; return it."""
    switch = panel.get_by_role("switch", name="Allow joining by link")
    await expect(switch).not_to_be_checked()
    await switch.click()
    await panel.get_by_label("What people with the link can do").select_option(role)
    await panel.get_by_label("When the link expires").select_option(lasting)
    await panel.get_by_role("button", name="Create link").click()
    await expect(panel.get_by_text("Copied.")).to_be_visible()
    return await panel.get_by_label("Share link", exact=True).last.input_value()


async def hold_edits(person: Person) -> Callable[[], None]:
    """Hold back the edits of the next connection until the returned function is called."""
    held: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []
    holding = True

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        sockets.append(server)

        def pass_on(frame: str | bytes) -> None:
            if holding and '"type":"edit"' in str(frame):
                held.append(frame)
            else:
                server.send(frame)

        socket.on_message(pass_on)

    def release() -> None:
        nonlocal holding
        holding = False
        for frame in held:
            sockets[-1].send(frame)

    await person.page.route_web_socket("**/ws/*", relay)
    await person.page.reload()
    return release
