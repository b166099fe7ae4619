-- Accounts, sessions and bindings. TEXT, BIGINT and BYTEA only; time in microseconds UTC; every row names its platform,
-- and every reference names it too, so that no row can point at another platform's.

CREATE TABLE organisation (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    uscc        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (platform, id)
);
CREATE UNIQUE INDEX organisation_uscc ON organisation (platform, uscc);

CREATE TABLE account (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    person           TEXT   NOT NULL,
    phone            TEXT   NOT NULL,
    phone_verified   BIGINT NOT NULL CHECK (phone_verified IN (0, 1)),
    role             TEXT   NOT NULL CHECK (role IN ('administrator', 'employee')),
    password_hash    TEXT   NOT NULL,
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id)
);
CREATE UNIQUE INDEX account_name ON account (platform, name);
CREATE INDEX account_organisation ON account (organisation_id);

-- The cookie's secret is not here, only its SHA-256.
CREATE TABLE session (
    id                  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    secret_hash         BYTEA  NOT NULL,
    account_id          TEXT   NOT NULL,
    method              TEXT   NOT NULL CHECK (method IN ('password', 'certificate')),
    key_number          TEXT,
    risk                TEXT,
    created_at          BIGINT NOT NULL,
    last_seen_at        BIGINT NOT NULL,
    ended_at            BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE UNIQUE INDEX session_secret ON session (secret_hash);
CREATE INDEX session_account ON session (account_id);

-- Wrong passwords by account and address; account '' counts an address over all accounts.
CREATE TABLE password_failure (
    platform         TEXT   NOT NULL,
    account          TEXT   NOT NULL,
    address          TEXT   NOT NULL,
    failures         BIGINT NOT NULL,
    last_failure_at  BIGINT NOT NULL,
    PRIMARY KEY (platform, account, address)
);
CREATE INDEX password_failure_age ON password_failure (last_failure_at);

-- A nonce is used once: the primary key says so.
CREATE TABLE used_nonce (
    nonce       BYTEA  PRIMARY KEY,
    platform    TEXT   NOT NULL,
    expires_at  BIGINT NOT NULL
);
CREATE INDEX used_nonce_age ON used_nonce (expires_at);

-- Possession of a key, proved but not yet confirmed by the person.
CREATE TABLE binding_proof (
    id                TEXT   PRIMARY KEY,
    platform          TEXT   NOT NULL,
    session_id        TEXT   NOT NULL,
    account_id        TEXT   NOT NULL,
    key_number        TEXT   NOT NULL,
    provider_id       TEXT   NOT NULL,
    holder            TEXT   NOT NULL,
    organisation      TEXT   NOT NULL,
    certificate       BYTEA  NOT NULL,
    not_after         BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    used_at           BIGINT,
    FOREIGN KEY (platform, session_id) REFERENCES session (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE INDEX binding_proof_age ON binding_proof (expires_at);

CREATE TABLE binding (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    key_number       TEXT   NOT NULL,
    provider_id      TEXT   NOT NULL,
    holder           TEXT   NOT NULL,
    certificate      BYTEA  NOT NULL,
    not_after        BIGINT NOT NULL,
    bound_by         TEXT   NOT NULL,
    bound_at         BIGINT NOT NULL,
    ended_by         TEXT,
    ended_at         BIGINT,
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, bound_by) REFERENCES account (platform, id)
);
-- Rule 1: within a platform a key number is bound to at most one account, under any race.
CREATE UNIQUE INDEX binding_key_number ON binding (platform, key_number) WHERE ended_at IS NULL;
CREATE INDEX binding_account ON binding (account_id);
CREATE INDEX binding_organisation ON binding (organisation_id);

-- The last good revocation answer for a certificate: what a login may lean on for 24 hours when there is no fresh one.
CREATE TABLE revocation_answer (
    certificate_sha256  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    good_at             BIGINT NOT NULL,
    next_update         BIGINT,
    crl_sha256          TEXT
);

-- What was fetched from outside (CRLs, certificates), by address.
CREATE TABLE evidence (
    url         TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    body        BYTEA  NOT NULL,
    fetched_at  BIGINT NOT NULL
);

-- The audit log: 64 chains, each row linked to the one before it in its chain by an HMAC.
CREATE TABLE audit_head (
    chain     BIGINT PRIMARY KEY,
    platform  TEXT   NOT NULL,
    sequence  BIGINT NOT NULL,
    hash      BYTEA  NOT NULL
);
CREATE TABLE audit (
    id        TEXT   PRIMARY KEY,
    platform  TEXT   NOT NULL,
    chain     BIGINT NOT NULL REFERENCES audit_head (chain),
    sequence  BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    action    TEXT   NOT NULL,
    actor     TEXT,
    subject   TEXT,
    detail    TEXT   NOT NULL,
    hash      BYTEA  NOT NULL
);
CREATE UNIQUE INDEX audit_link ON audit (chain, sequence);
