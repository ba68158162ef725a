"""`Witness`: what a store itself says of where somebody's access ended.

Triggers note the head of a session in the very transaction that takes access away.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final, Protocol

import asyncpg

__all__ = ["PostgresWitness", "SqliteWitness", "Witness"]

IN_SQLITE: Final = """
CREATE TABLE cuts (session_id TEXT, participant_id TEXT, head INTEGER);
CREATE TRIGGER of_a_role AFTER UPDATE OF given ON participants WHEN new.given IS NOT old.given
BEGIN
    INSERT INTO cuts SELECT id, new.id, head FROM sessions WHERE id = new.session_id;
END;
CREATE TRIGGER of_visibility AFTER UPDATE OF visibility ON session_info
WHEN new.visibility = 'private'
BEGIN
    INSERT INTO cuts SELECT sessions.id, participants.id, head FROM sessions JOIN participants
        ON participants.session_id = sessions.id AND participants.link IS NOT NULL
    WHERE sessions.id = new.id;
END;
CREATE TRIGGER of_a_link AFTER DELETE ON links
BEGIN
    INSERT INTO cuts SELECT sessions.id, participants.id, head FROM sessions JOIN participants
        ON participants.session_id = sessions.id AND participants.link = old.link
    WHERE sessions.id = old.session_id;
END;
"""
IN_POSTGRES: Final = """
CREATE TABLE cuts (session_id text, participant_id text, head bigint);
CREATE FUNCTION of_a_role() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO cuts SELECT id, new.id, head FROM sessions WHERE id = new.session_id;
    RETURN NULL;
END $$;
CREATE FUNCTION of_visibility() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO cuts SELECT sessions.id, participants.id, head FROM sessions JOIN participants
        ON participants.session_id = sessions.id AND participants.link IS NOT NULL
    WHERE sessions.id = new.id;
    RETURN NULL;
END $$;
CREATE FUNCTION of_a_link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO cuts SELECT sessions.id, participants.id, head FROM sessions JOIN participants
        ON participants.session_id = sessions.id AND participants.link = old.link
    WHERE sessions.id = old.session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER of_a_role AFTER UPDATE OF given ON participants FOR EACH ROW
    WHEN (new.given IS DISTINCT FROM old.given) EXECUTE FUNCTION of_a_role();
CREATE TRIGGER of_visibility AFTER UPDATE OF visibility ON session_info FOR EACH ROW
    WHEN (new.visibility = 'private') EXECUTE FUNCTION of_visibility();
CREATE TRIGGER of_a_link AFTER DELETE ON links FOR EACH ROW EXECUTE FUNCTION of_a_link();
"""


class Witness(Protocol):
    """The database of a server, asked behind its back."""

    async def ask(self, sql: str, session_id: str, participant_id: str) -> int:
        """Return the number that a query finds; `$1` and `$2` stand for the two ids."""


class SqliteWitness:
    """Of one file."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, timeout=30)
        self._db.executescript(IN_SQLITE)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    async def ask(self, sql: str, session_id: str, participant_id: str) -> int:
        row = self._db.execute(sql.replace("$", "?"), (session_id, participant_id)).fetchone()
        return int(row[0])


class PostgresWitness:
    """Of one database."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def begin(self) -> None:
        """Note from now on where access ends."""
        db = await asyncpg.connect(self._url)
        await db.execute(IN_POSTGRES)
        await db.close()

    async def ask(self, sql: str, session_id: str, participant_id: str) -> int:
        db = await asyncpg.connect(self._url)  # races ask at once, and not often
        try:
            return int(await db.fetchval(sql, session_id, participant_id))
        finally:
            await db.close()
