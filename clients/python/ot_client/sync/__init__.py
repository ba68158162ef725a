"""The same client for scripts and notebooks, with the same names and nothing to await.

::

    from ot_client import sync

    room = sync.create_room("http://127.0.0.1:8000", title="notes", name="Ada")
    with sync.connect(room.address, room.token) as session:
        session.insert(0, "hello")
        session.synchronized()

Each session has a thread with an event loop of its own, so this works where one runs
already, as in Jupyter.  Others type while your program computes: positions are those of
the text that you have read last, by `Session.text` or `Session.length`, and what you do
there is moved past what has happened since.  One thread uses a session at a time.
"""

from ot_client.rest import Joined, Room, Snapshot
from ot_client.sync.connect import connect
from ot_client.sync.rest import Login, create_room, fetch_text, join, sign_in
from ot_client.sync.session import Session

__all__ = [
    "Joined",
    "Login",
    "Room",
    "Session",
    "Snapshot",
    "connect",
    "create_room",
    "fetch_text",
    "join",
    "sign_in",
]
