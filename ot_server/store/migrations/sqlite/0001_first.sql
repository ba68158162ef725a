-- People with an account.  The keys are name and address with their case folded.
CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL,
    username_key  TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL,
    email_key     TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at    REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Each time somebody signs in: a family of refresh tokens, which ends as one.
CREATE TABLE logins (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX logins_of_user ON logins (user_id);
CREATE INDEX logins_by_end ON logins (expires_at);

-- Refresh tokens are kept as hashes; `parent` is the one that was used to get it.
CREATE TABLE refresh_tokens (
    hash     BLOB PRIMARY KEY,
    login_id TEXT NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    parent   BLOB,
    used_at  REAL
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_of_login ON refresh_tokens (login_id);

-- The row that every commit, refusal and change of access touches.  A lock whose `lock_until` has
-- come is none.
CREATE TABLE sessions (
    id          TEXT PRIMARY KEY,
    epoch       INTEGER NOT NULL DEFAULT 1,
    version     INTEGER NOT NULL DEFAULT 1,
    head        INTEGER NOT NULL DEFAULT 0,
    chain       BLOB NOT NULL,
    lock_id     TEXT,
    lock_by     TEXT,
    lock_reason TEXT,
    lock_until  REAL
) STRICT, WITHOUT ROWID;

-- What lists and searches read; no commit writes it.  `title_key` is the title with its case
-- folded; `updated_at` is of title and settings alone, see `infos`.
CREATE TABLE session_info (
    id         TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    title_key  TEXT NOT NULL,
    language   TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'link')),
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    run        INTEGER NOT NULL CHECK (run IN (0, 1)),
    runs       INTEGER NOT NULL
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

-- `session_info`, updated when its title or settings were last changed or its head was committed.
CREATE VIEW infos
    (id, title, title_key, language, visibility, created_at, updated_at, run, runs) AS
SELECT info.id, info.title, info.title_key, info.language, info.visibility, info.created_at,
    CASE WHEN head.committed_at > info.updated_at THEN head.committed_at ELSE info.updated_at END,
    info.run, info.runs
FROM session_info AS info JOIN sessions ON sessions.id = info.id
LEFT JOIN operations AS head ON head.session_id = sessions.id AND head.revision = sessions.head;

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

-- The text at a revision, and which revision wrote which part of it; thinned by age.
CREATE TABLE snapshots (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    revision   INTEGER NOT NULL,
    body       BLOB NOT NULL,
    PRIMARY KEY (session_id, revision)
) STRICT;

-- The operations after revision `first` up to `revision`, as one, made with the snapshot there.
CREATE TABLE blocks (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    first      INTEGER NOT NULL,
    revision   INTEGER NOT NULL,
    operation  BLOB NOT NULL,
    PRIMARY KEY (session_id, revision)
) STRICT, WITHOUT ROWID;

-- Those who take or took part.  Rows stay, so that history and blame know everybody; without
-- a `given` role there is no access.  `link` is the one that it was given by, if it was.
CREATE TABLE participants (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    TEXT REFERENCES users (id) ON DELETE SET NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('user', 'guest', 'assistant')),
    given      TEXT CHECK (given IN ('owner', 'editor', 'viewer')),
    link       TEXT,
    ordinal    INTEGER NOT NULL,
    UNIQUE (session_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX participants_of_user ON participants (user_id, session_id);

CREATE TABLE links (
    link       TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('editor', 'viewer')),
    created_at REAL NOT NULL,
    expires_at REAL
) STRICT, WITHOUT ROWID;

CREATE INDEX links_of_session ON links (session_id);

-- The roles that are held: one given by a link is held while the link lets people in.
CREATE VIEW held_roles (participant_id, session_id, user_id, role) AS
SELECT participants.id, participants.session_id, participants.user_id,
    CASE WHEN participants.link IS NULL OR EXISTS (
        SELECT 1 FROM links JOIN session_info ON session_info.id = links.session_id
        WHERE links.link = participants.link AND session_info.visibility = 'link'
            AND (links.expires_at IS NULL
                OR links.expires_at > (julianday('now') - 2440587.5) * 86400)
    ) THEN participants.given END
FROM participants;

-- Of people who have no account yet: they get the role when they register with the address.
CREATE TABLE invites (
    id         TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL,
    role       TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    created_at REAL NOT NULL,
    UNIQUE (session_id, email_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX invites_of_email ON invites (email_key);

-- Revisions that somebody has given a name.
CREATE TABLE versions (
    id             TEXT PRIMARY KEY,
    session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    participant_id TEXT NOT NULL,
    created_at     REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX versions_of_session ON versions (session_id);

-- What the assistant was asked, and what came of it.  It is at work as long as `until` has not
-- come, though its `outcome` may be certain; its edits are those of the client with the task's id.
CREATE TABLE assistant_tasks (
    id             TEXT PRIMARY KEY,
    session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL CHECK (kind IN ('debug', 'generate')),
    participant_id TEXT NOT NULL,
    instruction    TEXT NOT NULL,
    model          TEXT,
    locks          INTEGER NOT NULL,
    epoch          INTEGER NOT NULL,
    first          INTEGER NOT NULL,
    last           INTEGER,
    started_at     REAL NOT NULL,
    ended_at       REAL,
    outcome        TEXT,
    failure        TEXT,
    input_tokens   INTEGER NOT NULL,
    output_tokens  INTEGER NOT NULL,
    proposals      BLOB,
    until          REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX assistant_tasks_of_session ON assistant_tasks (session_id, started_at);

-- What tasks of the last day have cost, or may cost yet; it stays when their session goes.
CREATE TABLE assistant_tokens (
    task_id  TEXT PRIMARY KEY,
    spender  TEXT NOT NULL,
    spent_at REAL NOT NULL,
    tokens   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX assistant_tokens_by_time ON assistant_tokens (spent_at);

-- Runs that were shown to everybody; the newest are kept.  `body` is what was read and printed.
CREATE TABLE runs (
    session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number         INTEGER NOT NULL,
    participant_id TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    edited         INTEGER NOT NULL CHECK (edited IN (0, 1)),
    language       TEXT NOT NULL,
    how            TEXT NOT NULL CHECK (how IN ('ended', 'stopped', 'crashed')),
    exit           INTEGER,
    milliseconds   INTEGER NOT NULL,
    created_at     REAL NOT NULL,
    body           BLOB NOT NULL,
    PRIMARY KEY (session_id, number)
) STRICT;
