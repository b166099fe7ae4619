-- Operators, driver packages, questions about keys, deadlines with their reminders, notices and jobs.

-- 平台运营. An operator is no account: no organisation, and no row of a supplier's (binding, document, seal …) can
-- name one, since those refer to `account`. The reverse holds too: nothing below that is an operator's can name an account.
CREATE TABLE platform_operator (
    id             TEXT   PRIMARY KEY,
    platform       TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    person         TEXT   NOT NULL,
    phone          TEXT   NOT NULL,
    password_hash  TEXT   NOT NULL,
    created_at     BIGINT NOT NULL,
    ended_at       BIGINT,
    UNIQUE (platform, id)
);
CREATE UNIQUE INDEX platform_operator_name ON platform_operator (platform, name);

CREATE TABLE operator_session (
    id            TEXT   PRIMARY KEY,
    platform      TEXT   NOT NULL,
    secret_hash   BYTEA  NOT NULL,
    operator_id   TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    ended_at      BIGINT,
    FOREIGN KEY (platform, operator_id) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX operator_session_secret ON operator_session (secret_hash);

-- One form of login serves both kinds, so within a platform a name is an account's or an operator's, never both.
CREATE TABLE login_name (
    platform  TEXT NOT NULL,
    name      TEXT NOT NULL,
    kind      TEXT NOT NULL CHECK (kind IN ('account', 'operator')),
    PRIMARY KEY (platform, name)
);
INSERT INTO login_name (platform, name, kind) SELECT platform, name, 'account' FROM account;

-- Certificates that the operator named: signatures on packages are verified against these and no others.
CREATE TABLE package_anchor (
    id           TEXT   PRIMARY KEY,
    platform     TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    certificate  BYTEA  NOT NULL,
    sha256       TEXT   NOT NULL,
    added_by     TEXT   NOT NULL,
    added_at     BIGINT NOT NULL,
    removed_at   BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, added_by) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX package_anchor_once ON package_anchor (platform, sha256) WHERE removed_at IS NULL;

-- A package that the operator uploaded. A new version is a new row; the old one stays, withdrawn.
CREATE TABLE driver_package (
    id                TEXT   PRIMARY KEY,
    platform          TEXT   NOT NULL,
    -- Whose it is: a provider's, a unified client, or our own client.
    owner_kind        TEXT   NOT NULL CHECK (owner_kind IN ('provider', 'client', 'agent')),
    owner_id          TEXT   NOT NULL,
    kind              TEXT   NOT NULL CHECK (kind IN ('bundle', 'driver', 'seal_client', 'client')),
    system            TEXT   NOT NULL,
    name_zh           TEXT   NOT NULL,
    name_en           TEXT   NOT NULL,
    version           TEXT   NOT NULL,
    -- 最近更新日期, YYYY-MM-DD.
    released          TEXT   NOT NULL,
    -- ["driver", "seal_client"] as JSON.
    parts             TEXT   NOT NULL,
    antivirus_off     BIGINT NOT NULL CHECK (antivirus_off IN (0, 1)),
    key_unplugged     BIGINT NOT NULL CHECK (key_unplugged IN (0, 1)),
    keep_installed    BIGINT NOT NULL CHECK (keep_installed IN (0, 1)),
    file_name         TEXT   NOT NULL,
    object            TEXT   NOT NULL,
    size              BIGINT NOT NULL CHECK (size > 0),
    sha256            TEXT   NOT NULL,
    -- A signature is here only after it was verified: what was given, by whom, under which of the anchors.
    signature         BYTEA,
    signer            TEXT,
    anchor_id         TEXT,
    signature_at      BIGINT,
    state             TEXT   NOT NULL CHECK (state IN ('draft', 'published', 'withdrawn')),
    uploaded_by       TEXT   NOT NULL,
    uploaded_at       BIGINT NOT NULL,
    published_at      BIGINT,
    withdrawn_by      TEXT,
    withdrawn_at      BIGINT,
    UNIQUE (platform, id),
    CHECK ((state = 'draft' AND published_at IS NULL) OR state <> 'draft'),
    CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CHECK ((signature IS NULL) = (signer IS NULL) AND (signature IS NULL) = (anchor_id IS NULL) AND (signature IS NULL) = (signature_at IS NULL)),
    FOREIGN KEY (platform, uploaded_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, withdrawn_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, anchor_id) REFERENCES package_anchor (platform, id)
);
-- One version at a time is offered for one thing on one system.
CREATE UNIQUE INDEX driver_package_current ON driver_package (platform, owner_kind, owner_id, kind, system) WHERE state = 'published';
CREATE INDEX driver_package_list ON driver_package (platform, uploaded_at);

-- A supplier asks the operator whether a key suits the platform (请平台确认).
CREATE TABLE key_enquiry (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    certificate      BYTEA  NOT NULL,
    certificate_sha256 TEXT NOT NULL,
    provider_id      TEXT,
    key_number       TEXT,
    holder           TEXT   NOT NULL,
    -- The answer that the program gave when the question was asked, as JSON.
    report           TEXT   NOT NULL,
    note             TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('asked', 'confirmed', 'not_suitable')),
    answer           TEXT,
    answered_by      TEXT,
    answered_at      BIGINT,
    asked_at         BIGINT NOT NULL,
    UNIQUE (platform, id),
    CHECK ((state = 'asked') = (answered_at IS NULL)),
    CHECK ((answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, answered_by) REFERENCES platform_operator (platform, id)
);
-- The same key is asked about once at a time.
CREATE UNIQUE INDEX key_enquiry_open ON key_enquiry (platform, organisation_id, certificate_sha256) WHERE state = 'asked';
CREATE INDEX key_enquiry_queue ON key_enquiry (platform, state, asked_at);
CREATE INDEX key_enquiry_organisation ON key_enquiry (organisation_id, asked_at);

-- A deadline that a supplier set: three working days before it they are reminded to have their key confirmed.
CREATE TABLE deadline (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    at               BIGINT NOT NULL,
    remind_at        BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    reminded_at      BIGINT,
    ended_at         BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE INDEX deadline_organisation ON deadline (organisation_id, at);

-- Work for later, scheduled in the transaction that needs it and claimed with a lease.
CREATE TABLE job (
    id           TEXT   PRIMARY KEY,
    platform     TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    subject      TEXT   NOT NULL,
    due_at       BIGINT NOT NULL,
    -- Who works on it, and until when nobody else may.
    lease        TEXT,
    lease_until  BIGINT,
    attempts     BIGINT NOT NULL,
    done_at      BIGINT
);
CREATE UNIQUE INDEX job_open ON job (kind, subject) WHERE done_at IS NULL;
CREATE INDEX job_due ON job (due_at) WHERE done_at IS NULL;

-- 消息 to an account: a kind that the pages have words for, and its facts as JSON.
CREATE TABLE notice (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    account_id  TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    facts       TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    read_at     BIGINT,
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
-- However often a job runs, it tells once.
CREATE UNIQUE INDEX notice_once ON notice (platform, account_id, kind, subject);
CREATE INDEX notice_list ON notice (account_id, created_at);
