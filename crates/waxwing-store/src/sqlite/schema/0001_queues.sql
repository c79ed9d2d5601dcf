-- Times are milliseconds since the Unix epoch, except `sent_at` and `status.at`, which are Meta's times in seconds.
-- Payloads from outside (messages, statuses, reply content) are BLOBs, because SQLite accepts any bytes in a BLOB.
-- Content is a BLOB with a format byte, and may be sealed: entry.content, outbox.content, outbox.fallback, outbox_media.bytes,
-- outbox_media.filename, session.state, memory.body, step.result, quarantine.body, event.data, campaign.plan and campaign_recipient.data.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id           INTEGER PRIMARY KEY,
    bsuid        TEXT UNIQUE,
    wa_id        TEXT UNIQUE,
    -- Reply address of a user without a BSUID who lost the WhatsApp id to another user.
    former_wa_id TEXT,
    -- WhatsApp id that the user lost last, with the time. A late identity change may join both users.
    lost_wa_id   TEXT,
    lost_at      INTEGER,
    parent_bsuid TEXT,
    -- The user that an identity change merged this user into. A merged user has no ids.
    merged_into  INTEGER REFERENCES user (id),
    name         TEXT,
    username     TEXT,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX user_lost ON user (lost_wa_id) WHERE lost_wa_id IS NOT NULL;
CREATE INDEX user_merged ON user (merged_into) WHERE merged_into IS NOT NULL;

-- Former ids of a user. An erasure of the user covers data under these ids, too.
CREATE TABLE user_alias (
    user  INTEGER NOT NULL REFERENCES user (id),
    alias TEXT NOT NULL,
    PRIMARY KEY (user, alias)
) STRICT, WITHOUT ROWID;

-- The row is the lock of the conversation's turn. Keys are never reused, so a turn of an erased conversation cannot write to another one.
CREATE TABLE conversation (
    id                   INTEGER PRIMARY KEY AUTOINCREMENT,
    number               TEXT NOT NULL,
    user                 INTEGER REFERENCES user (id),
    group_id             TEXT,
    -- Earliest time of the next claim: the end of the lease while the row is held, else the time at which messages are due. NULL if no
    -- message is pending.
    due_at               INTEGER,
    held                 INTEGER NOT NULL DEFAULT 0,
    epoch                INTEGER NOT NULL DEFAULT 0,
    -- Since the last commit: failed runs, leases whose holder crashed, and those of them whose holder ran isolated.
    failures             INTEGER NOT NULL DEFAULT 0,
    crash_count          INTEGER NOT NULL DEFAULT 0,
    isolated_crash_count INTEGER NOT NULL DEFAULT 0,
    -- Outage of the agent since the last commit: time of the first failure, number of runs that failed because of it, and whether the user was
    -- told.
    retry_since          INTEGER,
    retry_count          INTEGER NOT NULL DEFAULT 0,
    interim_sent         INTEGER NOT NULL DEFAULT 0,
    -- Whether the run of the holder is the only run of its process.
    isolated             INTEGER NOT NULL DEFAULT 0,
    -- End of the human handoff.
    paused_until         INTEGER,
    -- Time at which the agent or the user asked for a person, during the handoff, and whether it is not known yet that one has answered.
    asked_at             INTEGER,
    awaits_answer        INTEGER NOT NULL DEFAULT 0,
    -- Whether another app owns the conversation, with the time of the last sign of it in Meta's seconds.
    is_with_other_app    INTEGER NOT NULL DEFAULT 0,
    owner_at             INTEGER NOT NULL DEFAULT 0,
    -- End of the service window: at most a minute too early, never too late. NULL if no user has written.
    window_until         INTEGER,
    -- Whether the user wants no marketing messages, with the time of the choice in milliseconds.
    marketing_stopped    INTEGER NOT NULL DEFAULT 0,
    marketing_choice_at  INTEGER,
    -- Time at which Meta priced the newest marketing message.
    marketing_sent_at    INTEGER,
    -- Time of the last apology to the user.
    apologized_at        INTEGER,
    -- Time of the last text that told the user that the business is closed.
    away_at              INTEGER,
    -- Version of the last first-contact text that the user got.
    first_contact        TEXT,
    -- Whether the pending messages wait until the business opens. A new message ends the wait.
    waits_for_opening    INTEGER NOT NULL DEFAULT 0,
    -- Newest key that the conversation log has given out, as an id or as a place.
    last_entry           INTEGER NOT NULL DEFAULT 0,
    created_at           INTEGER NOT NULL,
    CHECK ((user IS NULL) <> (group_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX conversation_of_user ON conversation (user, number) WHERE user IS NOT NULL;
CREATE UNIQUE INDEX conversation_of_group ON conversation (group_id, number) WHERE group_id IS NOT NULL;
CREATE INDEX conversation_due ON conversation (number, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX conversation_held ON conversation (id) WHERE held = 1;
CREATE INDEX conversation_marketing_stopped ON conversation (id) WHERE marketing_stopped = 1;
CREATE INDEX conversation_paused ON conversation (paused_until) WHERE paused_until IS NOT NULL;
CREATE INDEX conversation_asked ON conversation (asked_at) WHERE awaits_answer = 1;

-- Keys that seal content, each wrapped with a storage key. Ids are random and never used again.
CREATE TABLE content_key (
    id           INTEGER PRIMARY KEY,
    -- NULL for content without a conversation. A conversation that was joined with others has their keys, too.
    conversation INTEGER,
    -- Id of the storage key.
    storage_key  TEXT NOT NULL,
    wrapped      BLOB NOT NULL
) STRICT;
CREATE INDEX content_key_conversation ON content_key (conversation);
CREATE INDEX content_key_storage_key ON content_key (storage_key);

-- The row is the lock of the conversation's send queue. `due_at` and `held` work as in `conversation`.
CREATE TABLE send_queue (
    conversation  INTEGER PRIMARY KEY REFERENCES conversation (id),
    number        TEXT NOT NULL,
    due_at        INTEGER,
    held          INTEGER NOT NULL DEFAULT 0,
    epoch         INTEGER NOT NULL DEFAULT 0,
    -- Position of the row that was queued last.
    last_position INTEGER NOT NULL DEFAULT 0,
    -- Time of the first failed attempt since Meta last accepted a message of the queue; NULL if none failed.
    failing_since INTEGER,
    -- Whether messages of campaigns wait, and no others.
    is_campaign   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX send_queue_due ON send_queue (number, due_at)
    WHERE due_at IS NOT NULL AND failing_since IS NULL AND is_campaign = 0;
CREATE INDEX send_queue_campaign_due ON send_queue (number, due_at)
    WHERE due_at IS NOT NULL AND failing_since IS NULL AND is_campaign = 1;
CREATE INDEX send_queue_failing_due ON send_queue (number, due_at)
    WHERE due_at IS NOT NULL AND failing_since IS NOT NULL;
CREATE INDEX send_queue_held ON send_queue (conversation) WHERE held = 1;

-- The conversation log: everything that happened in a conversation. A key has the time of its creation in its upper bits, in milliseconds times
-- 4096, so keys of conversations that are joined stay in order.
CREATE TABLE entry (
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    -- Order of arrival.
    id           INTEGER NOT NULL,
    -- Order of handling: the position in the history of agents. NULL until a turn has handled the entry.
    place        INTEGER,
    at           INTEGER NOT NULL,
    -- 'user', 'business_app', 'other_app', 'operator', 'agent', 'system' or 'external'.
    origin       TEXT NOT NULL,
    -- Name of the agent.
    author       TEXT,
    -- Meta's type of a message from outside, else the name of a form of content of the engine.
    kind         TEXT NOT NULL,
    -- The user who wrote the message.
    user         INTEGER REFERENCES user (id),
    -- The run that handled or wrote the entry.
    run          TEXT,
    -- JSON as received, or JSON of the engine.
    content      BLOB NOT NULL,
    PRIMARY KEY (conversation, id)
) STRICT, WITHOUT ROWID;

-- Kept media of messages. The content is in the media store.
CREATE TABLE entry_media (
    conversation INTEGER NOT NULL,
    entry        INTEGER NOT NULL,
    -- SHA-256 of the content.
    hash         BLOB NOT NULL,
    mime_type    TEXT NOT NULL,
    PRIMARY KEY (conversation, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_media_hash ON entry_media (hash);

CREATE TABLE inbox (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    -- The message in the conversation log.
    entry        INTEGER NOT NULL,
    message_id   TEXT NOT NULL,
    -- The user who wrote the message. For messages of the business: the user who receives it, NULL in a group.
    sender       INTEGER REFERENCES user (id),
    sent_at      INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    run          TEXT,
    -- NULL while the message is pending.
    outcome      TEXT,
    reason       TEXT,
    done_at      INTEGER
) STRICT;
CREATE INDEX inbox_pending ON inbox (conversation, sent_at, seq) WHERE outcome IS NULL;

-- First half of the SHA-256 of each stored item. Separate from the items, so that duplicates are recognized after an item was removed.
CREATE TABLE deduplication (
    hash      BLOB PRIMARY KEY,
    stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
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
    -- Time of the last write.
    used_at      INTEGER NOT NULL,
    is_current   INTEGER NOT NULL,
    -- Place in the conversation log at which the history of the session starts.
    first_place  INTEGER NOT NULL,
    state        BLOB
) STRICT;
CREATE UNIQUE INDEX session_current ON session (conversation, agent) WHERE is_current = 1;

-- Memory of an agent across sessions.
CREATE TABLE memory (
    id           INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id),
    agent        TEXT NOT NULL,
    body         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER NOT NULL,
    UNIQUE (conversation, agent)
) STRICT;

-- Cost of each conversation on its latest day.
CREATE TABLE cost (
    conversation INTEGER PRIMARY KEY,
    -- Day in UTC, in days since the Unix epoch.
    day          INTEGER NOT NULL,
    amount       REAL NOT NULL,
    -- Whether the user was told on this day that the limit is reached.
    told         INTEGER NOT NULL
) STRICT;

-- Costs of all turns by day, number and agent, without data of users.
CREATE TABLE model_cost (
    -- Day in UTC, in days since the Unix epoch.
    day        INTEGER NOT NULL,
    number     TEXT NOT NULL,
    agent      TEXT NOT NULL,
    -- Amount in billionths of the currency.
    billionths INTEGER NOT NULL,
    PRIMARY KEY (day, number, agent)
) STRICT, WITHOUT ROWID;

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
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation       INTEGER NOT NULL REFERENCES conversation (id),
    -- Order in the send queue. A requeued row gets a new position and keeps its id.
    position           INTEGER NOT NULL,
    run                TEXT NOT NULL,
    part               INTEGER NOT NULL,
    -- Part of the same run that the row continues. The row fails with it.
    needs              INTEGER,
    -- Key of an interim message within its run. NULL for a part of the reply, except for the first-contact text.
    interim            TEXT,
    from_operator      INTEGER NOT NULL DEFAULT 0,
    -- 'reply', 'proactive' or 'campaign'.
    class              TEXT NOT NULL DEFAULT 'reply',
    -- Name of the agent of the turn; NULL for messages of operators.
    agent              TEXT,
    recipient          BLOB NOT NULL,
    kind               TEXT NOT NULL,
    content            BLOB NOT NULL,
    -- Content to send in place of the content if Meta refuses it. NULL once it is queued as a row of its own.
    fallback           BLOB,
    -- The row whose fallback this is.
    replaces           INTEGER,
    reply_to           TEXT,
    callback_data      TEXT,
    state              TEXT NOT NULL,
    -- Queued: earliest time of the next attempt. In doubt: end of the in-doubt window.
    due_at             INTEGER NOT NULL,
    attempts           INTEGER NOT NULL DEFAULT 0,
    -- Attempts that do not count toward limits: those before the last requeue, and those that failed for reasons outside the message.
    uncounted_attempts INTEGER NOT NULL DEFAULT 0,
    message_id         TEXT,
    media_id           TEXT,
    error_code         INTEGER,
    error              TEXT,
    -- Failed, dead-lettered and parked rows: whether the agent knows.
    reported           INTEGER NOT NULL DEFAULT 0,
    created_at         INTEGER NOT NULL,
    queued_at          INTEGER NOT NULL,
    changed_at         INTEGER NOT NULL,
    UNIQUE (conversation, run, part)
) STRICT;
CREATE INDEX outbox_open ON outbox (conversation, position) WHERE state IN ('queued', 'sending', 'in_doubt');
CREATE INDEX outbox_unreported ON outbox (conversation, id)
    WHERE state IN ('failed', 'dead_letter', 'parked') AND reported = 0;
CREATE INDEX outbox_state ON outbox (state, id);

-- Numbers of attempts are never reused once a request may have been made.
CREATE TABLE attempt (
    outbox           INTEGER NOT NULL REFERENCES outbox (id),
    attempt          INTEGER NOT NULL,
    started_at       INTEGER NOT NULL,
    -- Whether the sender has recorded the outcome.
    outcome_recorded INTEGER NOT NULL DEFAULT 0,
    message_id       TEXT,
    -- Time of the first proof that Meta accepted the message.
    accepted_at      INTEGER,
    -- Highest known state of the message of this attempt.
    state            TEXT,
    -- Why the attempt failed. Kept for the newest attempts of a row only.
    error_code       INTEGER,
    error            TEXT,
    PRIMARY KEY (outbox, attempt)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_message ON attempt (message_id) WHERE message_id IS NOT NULL;

CREATE TABLE outbox_media (
    outbox    INTEGER PRIMARY KEY REFERENCES outbox (id),
    mime_type TEXT NOT NULL,
    filename  BLOB NOT NULL,
    bytes     BLOB NOT NULL
) STRICT;

-- Keys under which other systems can repeat a request, by the hash of the scope and the key.
CREATE TABLE idempotency (
    hash         BLOB PRIMARY KEY,
    -- SHA-256 of the request.
    request      BLOB NOT NULL,
    conversation INTEGER NOT NULL,
    outbox       INTEGER NOT NULL,
    -- The campaign of a scheduled message, which is not in the outbox yet.
    campaign     INTEGER,
    stored_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (stored_at);

-- A message to a list of recipients, at most once to each. A scheduled message is a campaign of one.
CREATE TABLE campaign (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    number     TEXT NOT NULL,
    -- 'campaign', 'scheduled' or 'reminder'.
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    -- Key of the call of a tool that created a reminder, which is unique.
    key        TEXT UNIQUE,
    -- 'draft', 'running', 'paused', 'finished' or 'cancelled'.
    state      TEXT NOT NULL,
    -- Why the campaign is paused.
    reason     TEXT,
    -- Content and schedule: JSON of the engine.
    plan       BLOB NOT NULL,
    -- Place of the recipient that was added last.
    last_place INTEGER NOT NULL DEFAULT 0,
    -- Time before which nothing is sent. NULL until the start.
    starts_at  INTEGER,
    -- Running: time of the next visit of the feeder.
    due_at     INTEGER,
    created_at INTEGER NOT NULL,
    -- Time of the last start or resumption. Earlier results do not pause the campaign.
    resumed_at INTEGER,
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_due ON campaign (number, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX campaign_state ON campaign (kind, state);

CREATE TABLE campaign_recipient (
    campaign     INTEGER NOT NULL REFERENCES campaign (id),
    -- Order in the list, from 1.
    place        INTEGER NOT NULL,
    -- WhatsApp id or BSUID.
    address      TEXT NOT NULL,
    is_bsuid     INTEGER NOT NULL,
    -- NULL until the conversation is known.
    conversation INTEGER,
    -- Values of the recipient: JSON of the engine.
    data         BLOB NOT NULL,
    -- 'waiting', 'queued', 'parked', 'sent', 'delivered', 'read', 'failed', 'unknown' or 'skipped'.
    state        TEXT NOT NULL,
    -- Waiting: time of the next try.
    due_at       INTEGER NOT NULL,
    -- Time of the first try that found the conversation busy.
    busy_since   INTEGER,
    outbox       INTEGER,
    -- Time at which the message was queued, if the service window was closed. Counts toward Meta's messaging limit. Negative for a message that
    -- failed, which does not count.
    outside_at   INTEGER,
    -- Time of the first result of a send.
    ended_at     INTEGER,
    -- Why the recipient was skipped.
    reason       TEXT,
    error_code   INTEGER,
    error        TEXT,
    PRIMARY KEY (campaign, place),
    UNIQUE (campaign, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX campaign_recipient_due ON campaign_recipient (campaign, due_at, place) WHERE state = 'waiting';
CREATE INDEX campaign_recipient_state ON campaign_recipient (campaign, state, place);
CREATE INDEX campaign_recipient_conversation ON campaign_recipient (conversation, campaign)
    WHERE conversation IS NOT NULL;
CREATE INDEX campaign_recipient_outbox ON campaign_recipient (outbox) WHERE outbox IS NOT NULL;
CREATE INDEX campaign_recipient_outside ON campaign_recipient (outside_at, conversation) WHERE outside_at IS NOT NULL;
CREATE INDEX campaign_recipient_ended ON campaign_recipient (campaign, ended_at) WHERE ended_at IS NOT NULL;

-- The result of a recipient follows the outbox row. A row in doubt that is given up has an unknown outcome.
CREATE TRIGGER outbox_recipient AFTER UPDATE OF state ON outbox WHEN NEW.class <> 'reply' BEGIN
    UPDATE campaign_recipient SET
        state = CASE
            WHEN NEW.state IN ('queued', 'sending', 'in_doubt') THEN 'queued'
            WHEN NEW.state IN ('accepted', 'sent') THEN 'sent'
            WHEN NEW.state IN ('read', 'played') THEN 'read'
            WHEN NEW.state = 'dead_letter' AND OLD.state = 'in_doubt' THEN 'unknown'
            WHEN NEW.state = 'dead_letter' THEN 'failed'
            ELSE NEW.state
        END,
        outside_at = CASE
            WHEN NEW.state = 'failed' OR (NEW.state = 'dead_letter' AND OLD.state <> 'in_doubt') THEN -abs(outside_at)
            ELSE abs(outside_at)
        END,
        error_code = CASE WHEN NEW.state IN ('failed', 'dead_letter', 'parked') THEN NEW.error_code END,
        error = CASE WHEN NEW.state IN ('failed', 'dead_letter', 'parked') THEN NEW.error END,
        ended_at = CASE
            WHEN NEW.state IN ('queued', 'sending', 'in_doubt', 'parked') THEN ended_at
            ELSE coalesce(ended_at, NEW.changed_at)
        END
    WHERE outbox = NEW.id;
END;

-- Media that Meta keeps for a number, by the digest of their type and content.
CREATE TABLE uploaded_media (
    id          INTEGER PRIMARY KEY,
    number      TEXT NOT NULL,
    digest      BLOB NOT NULL,
    media_id    TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    UNIQUE (number, digest)
) STRICT;
CREATE INDEX uploaded_media_id ON uploaded_media (media_id);

-- Statuses as they came, including statuses of unknown messages.
CREATE TABLE status (
    id            INTEGER PRIMARY KEY,
    message_id    TEXT NOT NULL,
    kind          TEXT NOT NULL,
    at            INTEGER NOT NULL,
    participant   TEXT,
    callback_data TEXT,
    error_code    INTEGER,
    error         TEXT,
    -- Whether a fallback may be sent in place of the failed message.
    allows_fallback INTEGER NOT NULL DEFAULT 0,
    -- Price of the message as the status states it; NULL without one. `market` is the calling code of the recipient.
    category      TEXT,
    price_type    TEXT,
    market        TEXT,
    is_billable   INTEGER,
    body          BLOB NOT NULL,
    received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX status_message ON status (message_id);

-- Numbers of delivered messages that Meta has priced, without data of users. Names are empty if they are unknown.
CREATE TABLE message_count (
    -- Day in UTC, in days since the Unix epoch.
    day      INTEGER NOT NULL,
    number   TEXT NOT NULL,
    agent    TEXT NOT NULL,
    category TEXT NOT NULL,
    type     TEXT NOT NULL,
    -- Calling code.
    market   TEXT NOT NULL,
    billable INTEGER NOT NULL,
    free     INTEGER NOT NULL,
    PRIMARY KEY (day, number, agent, category, type, market)
) STRICT, WITHOUT ROWID;

-- Events for other systems, of the types that a subscription has.
CREATE TABLE event (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    conversation INTEGER REFERENCES conversation (id),
    -- Business number of an event without a conversation.
    number       TEXT,
    -- Partition, from 0. Events of a conversation have the same one, unless an identity change joins conversations.
    part         INTEGER NOT NULL,
    type         TEXT NOT NULL,
    -- The message that the event is about: a row of `inbox` for `message.received`, else a row of `outbox`.
    ref          INTEGER,
    -- JSON of the data that no other row has.
    data         BLOB NOT NULL
) STRICT;
CREATE INDEX event_part ON event (part, id);
CREATE INDEX event_at ON event (at);
CREATE INDEX event_conversation ON event (conversation) WHERE conversation IS NOT NULL;

CREATE TABLE subscription (
    name            TEXT PRIMARY KEY,
    -- Types of events, separated by spaces.
    types           TEXT NOT NULL,
    -- Version of the cursors. A delivery with an older one is not recorded.
    epoch           INTEGER NOT NULL,
    disabled_at     INTEGER,
    disabled_reason TEXT
) STRICT, WITHOUT ROWID;

-- Cursor of a subscription in a partition.
CREATE TABLE event_cursor (
    subscription  TEXT NOT NULL REFERENCES subscription (name),
    part          INTEGER NOT NULL,
    delivered     INTEGER NOT NULL,
    -- Failures since the last delivery, with the time of the first one.
    failing_since INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription, part)
) STRICT, WITHOUT ROWID;

-- Start of the next retention step, in one row: index of the table, and the last key that was examined.
CREATE TABLE retention_cursor (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    table_index INTEGER NOT NULL,
    last_key    ANY NOT NULL
) STRICT;
INSERT INTO retention_cursor (id, table_index, last_key) VALUES (1, 0, 0);
