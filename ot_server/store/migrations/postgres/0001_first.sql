-- Keys are compared byte by byte (COLLATE "C"): an upgrade of the system's collations can then
-- neither reorder them nor break their indexes.

-- People with an account.  The keys are name and address with their case folded.
CREATE TABLE users (
    id            text COLLATE "C" PRIMARY KEY,
    username      text NOT NULL,
    username_key  text COLLATE "C" NOT NULL UNIQUE,
    email         text NOT NULL,
    email_key     text COLLATE "C" NOT NULL UNIQUE,
    password_hash text NOT NULL,
    created_at    double precision NOT NULL
);

-- Each time somebody signs in: a family of refresh tokens, which ends as one.
CREATE TABLE logins (
    id         text COLLATE "C" PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at double precision NOT NULL,
    expires_at double precision NOT NULL
);

CREATE INDEX logins_of_user ON logins (user_id);
CREATE INDEX logins_by_end ON logins (expires_at);

-- Refresh tokens are kept as hashes; `parent` is the one that was used to get it.
CREATE TABLE refresh_tokens (
    hash     bytea PRIMARY KEY,
    login_id text COLLATE "C" NOT NULL REFERENCES logins (id) ON DELETE CASCADE,
    parent   bytea,
    used_at  double precision
);

CREATE INDEX refresh_tokens_of_login ON refresh_tokens (login_id);

-- The row that every commit, refusal and change of access touches.  Half of each page is left
-- free and no changing column is indexed, so that a row's next version lies beside it.  A lock
-- whose `lock_until` has come is none.
CREATE TABLE sessions (
    id          text COLLATE "C" PRIMARY KEY,
    epoch       bigint NOT NULL DEFAULT 1,
    version     bigint NOT NULL DEFAULT 1,
    head        bigint NOT NULL DEFAULT 0,
    chain       bytea NOT NULL,
    lock_id     text,
    lock_by     text,
    lock_reason text,
    lock_until  double precision
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- What lists and searches read; no commit writes it.  `title_key` is the title with its case
-- folded; `updated_at` is of title and settings alone, see `infos`.
CREATE TABLE session_info (
    id         text COLLATE "C" PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    title      text COLLATE "C" NOT NULL,
    title_key  text COLLATE "C" NOT NULL,
    language   text NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('private', 'link')),
    created_at double precision NOT NULL,
    updated_at double precision NOT NULL,
    run        boolean NOT NULL,
    runs       bigint NOT NULL
);

-- Without a foreign key, which would be looked up for every line: what adds lines holds the row
-- of the session, and what deletes it deletes them first.
CREATE TABLE operations (
    session_id     text COLLATE "C" NOT NULL,
    revision       bigint NOT NULL,
    client_id      text,
    seq            bigint,
    participant_id text NOT NULL,
    operation      bytea NOT NULL,
    chain          bytea NOT NULL,
    committed_at   double precision NOT NULL,
    PRIMARY KEY (session_id, revision)
);

-- `session_info`, updated when its title or settings were last changed or its head was committed.
CREATE VIEW infos
    (id, title, title_key, language, visibility, created_at, updated_at, run, runs) AS
SELECT info.id, info.title, info.title_key, info.language, info.visibility, info.created_at,
    CASE WHEN head.committed_at > info.updated_at THEN head.committed_at ELSE info.updated_at END,
    info.run, info.runs
FROM session_info AS info JOIN sessions ON sessions.id = info.id
LEFT JOIN operations AS head ON head.session_id = sessions.id AND head.revision = sessions.head;

CREATE TABLE clients (
    session_id     text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id      text COLLATE "C" NOT NULL,
    participant_id text NOT NULL,
    last_seq       bigint NOT NULL,
    last_revision  bigint,
    refusal        text,
    digest         bytea NOT NULL,
    PRIMARY KEY (session_id, client_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- The text at a revision, and which revision wrote which part of it; thinned by age.
CREATE TABLE snapshots (
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    revision   bigint NOT NULL,
    body       bytea NOT NULL,
    PRIMARY KEY (session_id, revision)
);

-- A body is compressed already.
ALTER TABLE snapshots ALTER COLUMN body SET STORAGE EXTERNAL;

-- The operations after revision `first` up to `revision`, as one, made with the snapshot there.
CREATE TABLE blocks (
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    first      bigint NOT NULL,
    revision   bigint NOT NULL,
    operation  bytea NOT NULL,
    PRIMARY KEY (session_id, revision)
);

-- Those who take or took part.  Rows stay, so that history and blame know everybody; without
-- a `given` role there is no access.  `link` is the one that it was given by, if it was.
CREATE TABLE participants (
    id         text COLLATE "C" PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    user_id    text COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    name       text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('user', 'guest', 'assistant')),
    given      text CHECK (given IN ('owner', 'editor', 'viewer')),
    link       text COLLATE "C",
    ordinal    bigint NOT NULL,
    UNIQUE (session_id, ordinal)
);

CREATE UNIQUE INDEX participants_of_user ON participants (user_id, session_id);

CREATE TABLE links (
    link       text COLLATE "C" PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('editor', 'viewer')),
    created_at double precision NOT NULL,
    expires_at double precision
);

CREATE INDEX links_of_session ON links (session_id);

-- The roles that are held: one given by a link is held while the link lets people in.  Within
-- one statement the time stands still.
CREATE VIEW held_roles (participant_id, session_id, user_id, role) AS
SELECT participants.id, participants.session_id, participants.user_id,
    CASE WHEN participants.link IS NULL OR EXISTS (
        SELECT FROM links JOIN session_info ON session_info.id = links.session_id
        WHERE links.link = participants.link AND session_info.visibility = 'link'
            AND (links.expires_at IS NULL
                OR links.expires_at > extract(epoch FROM statement_timestamp()))
    ) THEN participants.given END
FROM participants;

-- Of people who have no account yet: they get the role when they register with the address.
CREATE TABLE invites (
    id         text COLLATE "C" PRIMARY KEY,
    session_id text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    email      text NOT NULL,
    email_key  text COLLATE "C" NOT NULL,
    role       text NOT NULL CHECK (role IN ('owner', 'editor', 'viewer')),
    created_at double precision NOT NULL,
    UNIQUE (session_id, email_key)
);

CREATE INDEX invites_of_email ON invites (email_key);

-- Revisions that somebody has given a name.
CREATE TABLE versions (
    id             text COLLATE "C" PRIMARY KEY,
    session_id     text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    name           text NOT NULL,
    revision       bigint NOT NULL,
    participant_id text NOT NULL,
    created_at     double precision NOT NULL
);

CREATE INDEX versions_of_session ON versions (session_id);

-- What the assistant was asked, and what came of it.  It is at work as long as `until` has not
-- come, though its `outcome` may be certain; its edits are those of the client with the task's id.
CREATE TABLE assistant_tasks (
    id             text COLLATE "C" PRIMARY KEY,
    session_id     text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kind           text NOT NULL CHECK (kind IN ('debug', 'generate')),
    participant_id text NOT NULL,
    instruction    text NOT NULL,
    model          text,
    locks          boolean NOT NULL,
    epoch          bigint NOT NULL,
    first          bigint NOT NULL,
    last           bigint,
    started_at     double precision NOT NULL,
    ended_at       double precision,
    outcome        text,
    failure        text,
    input_tokens   bigint NOT NULL,
    output_tokens  bigint NOT NULL,
    proposals      bytea,
    until          double precision NOT NULL
);

CREATE INDEX assistant_tasks_of_session ON assistant_tasks (session_id, started_at);

-- What tasks of the last day have cost, or may cost yet; it stays when their session goes.
CREATE TABLE assistant_tokens (
    task_id  text COLLATE "C" PRIMARY KEY,
    spender  text NOT NULL,
    spent_at double precision NOT NULL,
    tokens   bigint NOT NULL
);

CREATE INDEX assistant_tokens_by_time ON assistant_tokens (spent_at);

-- Runs that were shown to everybody; the newest are kept.  `body` is what was read and printed.
CREATE TABLE runs (
    session_id     text COLLATE "C" NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    number         bigint NOT NULL,
    participant_id text NOT NULL,
    revision       bigint NOT NULL,
    edited         boolean NOT NULL,
    language       text NOT NULL,
    how            text NOT NULL CHECK (how IN ('ended', 'stopped', 'crashed')),
    exit           bigint,
    milliseconds   bigint NOT NULL,
    created_at     double precision NOT NULL,
    body           bytea NOT NULL,
    PRIMARY KEY (session_id, number)
);
