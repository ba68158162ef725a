-- The row that every commit, refusal and change of access touches.
CREATE TABLE sessions (
    id      TEXT PRIMARY KEY,
    epoch   INTEGER NOT NULL DEFAULT 1,
    version INTEGER NOT NULL DEFAULT 1,
    head    INTEGER NOT NULL DEFAULT 0,
    chain   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What lists and searches read; a commit never touches it.
CREATE TABLE session_info (
    id         TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    language   TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operations (
    session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    revision       INTEGER NOT NULL,
    client_id      TEXT,
    seq            INTEGER,
    participant_id TEXT NOT NULL,
    operation      BLOB NOT NULL,
    chain          BLOB NOT NULL,
    committed_at   REAL NOT NULL,
    PRIMARY KEY (session_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE clients (
    session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id      TEXT NOT NULL,
    participant_id TEXT NOT NULL,
    last_seq       INTEGER NOT NULL,
    last_revision  INTEGER,
    refusal        TEXT,
    digest         BLOB NOT NULL,
    PRIMARY KEY (session_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    revision   INTEGER NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (session_id, revision)
) STRICT;

CREATE TABLE participants (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('user', 'guest', 'assistant')),
    role       TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    ordinal    INTEGER NOT NULL,
    UNIQUE (session_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    link       TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('editor', 'viewer')),
    expires_at REAL
) STRICT, WITHOUT ROWID;
