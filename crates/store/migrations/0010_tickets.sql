-- 联系客服: tickets with their words and pictures, canned answers, and what was seen to fail.

CREATE TABLE ticket (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    -- Whoever is logged in; without a login the secret alone opens it.
    organisation_id  TEXT,
    account_id       TEXT,
    secret_hash      BYTEA  NOT NULL,
    route            TEXT   NOT NULL CHECK (route IN ('platform', 'ca')),
    provider_id      TEXT,
    -- The case of the failure catalogue, and the error code that was shown.
    case_name        TEXT,
    code             TEXT,
    message          TEXT   NOT NULL,
    phone            TEXT   NOT NULL,
    qq               TEXT   NOT NULL,
    wechat           TEXT   NOT NULL,
    -- The redacted report that the asker saw before it went; empty where they left it out.
    report           TEXT   NOT NULL,
    agent_version    TEXT   NOT NULL,
    -- Where it came from, as a salted hash: for the limit on how many.
    origin_hash      TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
    resolution       TEXT   CHECK (resolution IN ('self', 'helped', 'not')),
    opened_at        BIGINT NOT NULL,
    changed_at       BIGINT NOT NULL,
    closed_at        BIGINT,
    UNIQUE (platform, id),
    CHECK (phone <> '' OR qq <> '' OR wechat <> ''),
    CHECK ((organisation_id IS NULL) = (account_id IS NULL)),
    CHECK (route = 'platform' OR provider_id IS NOT NULL),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK (resolution IS NULL OR state = 'closed'),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE INDEX ticket_queue ON ticket (platform, state, changed_at);
CREATE INDEX ticket_organisation ON ticket (organisation_id, opened_at);
CREATE INDEX ticket_origin ON ticket (platform, origin_hash, opened_at);

CREATE TABLE ticket_reply (
    id           TEXT   PRIMARY KEY,
    platform     TEXT   NOT NULL,
    ticket_id    TEXT   NOT NULL,
    -- Absent: the asker's own words.
    operator_id  TEXT,
    text         TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    FOREIGN KEY (platform, ticket_id) REFERENCES ticket (platform, id),
    FOREIGN KEY (platform, operator_id) REFERENCES platform_operator (platform, id)
);
CREATE INDEX ticket_reply_list ON ticket_reply (ticket_id, at);

CREATE TABLE ticket_picture (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    ticket_id   TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    media_type  TEXT   NOT NULL,
    size        BIGINT NOT NULL CHECK (size > 0),
    sha256      TEXT   NOT NULL,
    object      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, ticket_id) REFERENCES ticket (platform, id)
);
CREATE INDEX ticket_picture_list ON ticket_picture (ticket_id, at);

-- What the desk has written before, by the case that it is for.
CREATE TABLE canned_answer (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    case_name   TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    written_by  TEXT   NOT NULL,
    written_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, written_by) REFERENCES platform_operator (platform, id)
);
CREATE INDEX canned_answer_list ON canned_answer (platform, case_name, written_at);

-- How often a case was shown, and how often whoever saw it said that it is mended: counts by day, of nobody.
CREATE TABLE failure_count (
    platform     TEXT   NOT NULL,
    -- YYYY-MM-DD in UTC.
    day          TEXT   NOT NULL,
    case_name    TEXT   NOT NULL,
    -- Empty: not known.
    provider_id  TEXT   NOT NULL,
    event        TEXT   NOT NULL CHECK (event IN ('shown', 'mended')),
    count        BIGINT NOT NULL CHECK (count > 0),
    PRIMARY KEY (platform, day, case_name, provider_id, event)
);
