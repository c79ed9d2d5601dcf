-- Times are milliseconds since the Unix epoch, except `sent_at` and `status.at`, which are Meta's seconds.
-- Whatever came from outside as a whole (message, status, reply content) is a BLOB: nothing in it can be refused.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id           INTEGER PRIMARY KEY,
    bsuid        TEXT UNIQUE,
    wa_id        TEXT UNIQUE,
    -- Where a user without a BSUID can be answered who lost the WhatsApp id to somebody else.
    former_wa_id TEXT,
    -- The WhatsApp id that went to somebody else last, and when: a signal may yet tell that this was the same person.
    lost_wa_id   TEXT,
    lost_at      INTEGER,
    parent_bsuid TEXT,
    -- Whom a signal of Meta's has joined this user with; then it has no ids any more.
    joined       INTEGER REFERENCES user (id),
    name         TEXT,
    username     TEXT,
    created_at   INTEGER NOT NULL
) STRICT;

-- Ids that a user had before Meta told of others: whoever is erased is erased under these, too.
CREATE TABLE alias (
    user INTEGER NOT NULL REFERENCES user (id),
    name TEXT NOT NULL,
    PRIMARY KEY (user, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX user_lost ON user (lost_wa_id) WHERE lost_wa_id IS NOT NULL;
CREATE INDEX user_joined ON user (joined) WHERE joined IS NOT NULL;

-- The row is the lock of the conversation's turn. Keys are not used twice: a turn of a conversation that is gone must not take another one
-- for its own.
CREATE TABLE conversation (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    number     TEXT NOT NULL,
    user       INTEGER REFERENCES user (id),
    group_id   TEXT,
    -- When it can be claimed: the end of the lease if it is held, else when its messages are due; NULL if none waits.
    wake       INTEGER,
    held       INTEGER NOT NULL DEFAULT 0,
    epoch      INTEGER NOT NULL DEFAULT 0,
    -- Since the last commit: runs that were handed back as failed; leases whose holder died; those of them that were held alone.
    failures    INTEGER NOT NULL DEFAULT 0,
    crash_count      INTEGER NOT NULL DEFAULT 0,
    isolated_crash_count INTEGER NOT NULL DEFAULT 0,
    -- Whether nothing else runs in the process of the holder.
    isolated       INTEGER NOT NULL DEFAULT 0,
    -- Until when a person of the business answers.
    paused_until INTEGER,
    created_at INTEGER NOT NULL,
    CHECK ((user IS NULL) <> (group_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX conversation_of_user ON conversation (user, number) WHERE user IS NOT NULL;
CREATE UNIQUE INDEX conversation_of_group ON conversation (group_id, number) WHERE group_id IS NOT NULL;
CREATE INDEX conversation_wake ON conversation (number, wake) WHERE wake IS NOT NULL;
CREATE INDEX conversation_held ON conversation (id) WHERE held = 1;
CREATE INDEX conversation_paused ON conversation (paused_until) WHERE paused_until IS NOT NULL;

-- The row is the lock of the conversation's outbox queue; `wake` and `held` as above.
CREATE TABLE send_queue (
    conversation INTEGER PRIMARY KEY REFERENCES conversation (id),
    number       TEXT NOT NULL,
    wake         INTEGER,
    held         INTEGER NOT NULL DEFAULT 0,
    epoch        INTEGER NOT NULL DEFAULT 0,
    -- The position of the row that was queued last.
    tail         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX send_queue_wake ON send_queue (number, wake) WHERE wake IS NOT NULL;
CREATE INDEX send_queue_held ON send_queue (conversation) WHERE held = 1;

CREATE TABLE inbox (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    message_id   TEXT NOT NULL,
    -- Who wrote it: 'user', or a person of the business in the Business app ('business_app') or an operator ('operator').
    origin       TEXT NOT NULL,
    -- The user; of what the business wrote, the one to whom it was written, unless that is a group.
    sender       INTEGER REFERENCES user (id),
    sent_at      INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    body         BLOB NOT NULL,
    run          TEXT,
    -- NULL while the message waits.
    outcome      TEXT,
    reason       TEXT,
    done_at      INTEGER
) STRICT;
CREATE INDEX inbox_pending ON inbox (conversation, sent_at, seq) WHERE outcome IS NULL;

-- The first half of the SHA-256 of what was taken in, apart from the rows themselves, so that a row can go and a repeat is still known.
CREATE TABLE deduplication (
    hash BLOB PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    number      TEXT,
    reason      TEXT NOT NULL,
    body        BLOB NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    agent        TEXT NOT NULL,
    label        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    -- When something was last written to it.
    used_at      INTEGER NOT NULL,
    current      INTEGER NOT NULL,
    state        BLOB
) STRICT;
CREATE UNIQUE INDEX session_current ON session (conversation, agent) WHERE current = 1;

CREATE TABLE session_entry (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES session (id),
    -- The user whose words it keeps.
    user    INTEGER REFERENCES user (id),
    at      INTEGER NOT NULL,
    body    BLOB NOT NULL
) STRICT;
CREATE INDEX session_entry_order ON session_entry (session, id);

-- What outlives sessions.
CREATE TABLE memory (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    agent        TEXT NOT NULL,
    body         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL,
    UNIQUE (conversation, agent)
) STRICT;

CREATE TABLE step (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    run          TEXT NOT NULL,
    name         TEXT NOT NULL,
    nth          INTEGER NOT NULL,
    result       BLOB,
    UNIQUE (conversation, run, name, nth)
) STRICT;
CREATE INDEX step_order ON step (conversation, run, id);

CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation  INTEGER NOT NULL REFERENCES conversation (id),
    -- The order in the queue; a requeued row gets a new one and keeps its id.
    position      INTEGER NOT NULL,
    run           TEXT NOT NULL,
    part          INTEGER NOT NULL,
    -- What names it among what the run said while it went on; such a message stands alone. NULL for a part of the reply that ended the run.
    interim       TEXT,
    recipient     BLOB NOT NULL,
    kind          TEXT NOT NULL,
    content       BLOB NOT NULL,
    reply_to      TEXT,
    callback_data TEXT,
    state         TEXT NOT NULL,
    -- Queued: not to be sent before. In doubt: when the doubt window closes.
    due           INTEGER NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    -- Attempts that were made before it was requeued last.
    uncounted_attempts         INTEGER NOT NULL DEFAULT 0,
    message_id    TEXT,
    media_id      TEXT,
    error_code    INTEGER,
    error         TEXT,
    -- Failed or dead: whether the agent has been told.
    reported          INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    queued_at     INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    UNIQUE (conversation, run, part)
) STRICT;
CREATE INDEX outbox_open ON outbox (conversation, position) WHERE state IN ('queued', 'sending', 'in_doubt');
CREATE INDEX outbox_untold ON outbox (conversation, id) WHERE state IN ('failed', 'dead_letter') AND reported = 0;
CREATE INDEX outbox_state ON outbox (state, id);

-- Attempts are numbered per row and never reused once a request may have been made.
CREATE TABLE attempt (
    outbox      INTEGER NOT NULL REFERENCES outbox (id),
    attempt     INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    -- Whether the one who made it has told how it ended.
    outcome_recorded     INTEGER NOT NULL DEFAULT 0,
    message_id  TEXT,
    -- When it was first known that Meta took it.
    accepted_at INTEGER,
    -- The highest state that is known of this attempt's own message.
    state       TEXT,
    PRIMARY KEY (outbox, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_message ON attempt (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE outbox_media (
    outbox    INTEGER PRIMARY KEY REFERENCES outbox (id),
    mime_type TEXT NOT NULL,
    filename  TEXT NOT NULL,
    bytes     BLOB NOT NULL
) STRICT;

-- Every status as it came, whether or not its message is known yet.
CREATE TABLE status (
    id            INTEGER PRIMARY KEY,
    message_id    TEXT NOT NULL,
    kind          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    participant   TEXT,
    callback_data TEXT,
    error_code    INTEGER,
    error         TEXT,
    body          BLOB NOT NULL,
    received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX status_message ON status (message_id);

-- Where the next step of the sweep begins, in the one row that there is: in which table, and behind which key.
CREATE TABLE retention_cursor (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    nth   INTEGER NOT NULL,
    after ANY NOT NULL
) STRICT;
INSERT INTO retention_cursor (id, nth, after) VALUES (1, 0, 0);
