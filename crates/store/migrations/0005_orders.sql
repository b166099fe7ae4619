-- What the workflow asks of the certification authority, and the key management centre. The private keys of
-- authorities are elsewhere; what stands here of encryption keys is wrapped or sealed.

-- An approved intent. `yinxin ca` claims it by a lease, checks the approvals again, works, and writes the result.
CREATE TABLE issuing_order (
    id                  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    provider_id         TEXT   NOT NULL,
    kind                TEXT   NOT NULL CHECK (kind IN ('issue', 'reissue_envelope', 'revoke', 'suspend', 'resume', 'unlock', 'recover')),
    -- The workflow's id.
    application_id      TEXT   NOT NULL,
    -- Lower-case hex of SHA-256 over the DER SubjectPublicKeyInfo.
    signing_key_sha256  TEXT   CHECK (signing_key_sha256 IS NULL OR length(signing_key_sha256) = 64),
    -- JSON in a closed schema for each kind.
    body                TEXT   NOT NULL CHECK (length(body) <= 65536),
    -- Operators or accounts; rule 10: three persons.
    entered_by          TEXT   NOT NULL,
    reviewed_by         TEXT   NOT NULL,
    approved_by         TEXT   NOT NULL,
    state               TEXT   NOT NULL CHECK (state IN ('approved', 'claimed', 'done', 'refused')),
    claim               TEXT,
    lease_until         BIGINT,
    attempts            BIGINT NOT NULL,
    result              TEXT,
    refusal             TEXT,
    created_at          BIGINT NOT NULL,
    done_at             BIGINT,
    CHECK (entered_by <> reviewed_by AND entered_by <> approved_by AND reviewed_by <> approved_by),
    CHECK (kind NOT IN ('issue', 'reissue_envelope', 'recover') OR signing_key_sha256 IS NOT NULL),
    CHECK ((state = 'claimed') = (claim IS NOT NULL)),
    CHECK ((claim IS NULL) = (lease_until IS NULL)),
    CHECK ((state = 'done') = (result IS NOT NULL)),
    CHECK ((state = 'refused') = (refusal IS NOT NULL)),
    CHECK ((state IN ('done', 'refused')) = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX issuing_order_once ON issuing_order (platform, application_id, signing_key_sha256) WHERE kind = 'issue';
CREATE INDEX issuing_order_open ON issuing_order (created_at, id) WHERE state IN ('approved', 'claimed');
CREATE INDEX issuing_order_application ON issuing_order (platform, application_id);

-- Which order a certificate was made for, and what it is for. At most one living certificate for each: a repeated
-- order finds what it made before, or marks it possibly issued and takes a new serial.
ALTER TABLE issued_certificate ADD COLUMN order_id TEXT;
ALTER TABLE issued_certificate ADD COLUMN purpose TEXT CHECK (purpose IS NULL OR purpose IN ('signing', 'encryption'));
ALTER TABLE issued_certificate ADD COLUMN key_sha256 TEXT;
CREATE UNIQUE INDEX issued_certificate_order ON issued_certificate (order_id, purpose)
    WHERE order_id IS NOT NULL AND state IN ('intended', 'issued');
CREATE INDEX issued_certificate_public_key ON issued_certificate (key_sha256);

-- Public keys that an administrator's PIN is sealed to; only `yinxin ca` opens what is sealed. The newest counts.
CREATE TABLE escrow_key (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    -- An uncompressed point on P-256, 65 octets.
    public_key  BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL
);

-- Public keys that escrow copies of encryption keys are sealed to. The private half exists as shares only.
CREATE TABLE recovery_key (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    public_key  BYTEA  NOT NULL,
    threshold   BIGINT NOT NULL CHECK (threshold >= 2),
    shares      BIGINT NOT NULL CHECK (shares >= threshold),
    created_at  BIGINT NOT NULL
);

-- Encryption key pairs: made ahead, kept under the wrapping key until they are delivered, in escrow for ever.
CREATE TABLE encryption_key (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    -- DER SubjectPublicKeyInfo.
    public_key       BYTEA  NOT NULL UNIQUE,
    -- The private key under the online wrapping key: there until the delivery erases it.
    pool_copy        BYTEA,
    -- The private key sealed to the recovery key.
    escrow_copy      BYTEA  NOT NULL,
    recovery_key_id  TEXT   NOT NULL REFERENCES recovery_key (id),
    -- Who it is kept for; the first order that took it.
    order_id         TEXT   UNIQUE,
    created_at       BIGINT NOT NULL,
    delivered_at     BIGINT,
    CHECK ((delivered_at IS NULL) = (pool_copy IS NOT NULL)),
    CHECK (delivered_at IS NULL OR order_id IS NOT NULL)
);
CREATE INDEX encryption_key_pool ON encryption_key (created_at, id) WHERE order_id IS NULL;

-- The history: which key went to which signing key, with the very bytes. A retry is answered from here.
CREATE TABLE key_delivery (
    id                  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    encryption_key_id   TEXT   NOT NULL REFERENCES encryption_key (id),
    signing_key_sha256  TEXT   NOT NULL,
    order_id            TEXT   NOT NULL UNIQUE,
    key_number          TEXT   NOT NULL,
    -- 'issue' once for a pair; 'recovery' to the same holder's later signing keys.
    purpose             TEXT   NOT NULL CHECK (purpose IN ('issue', 'recovery')),
    -- JSON: the enveloped key.
    envelope            TEXT   NOT NULL,
    delivered_at        BIGINT NOT NULL,
    UNIQUE (encryption_key_id, signing_key_sha256)
);
CREATE UNIQUE INDEX key_delivery_once ON key_delivery (encryption_key_id) WHERE purpose = 'issue';
CREATE UNIQUE INDEX key_delivery_one_pair ON key_delivery (signing_key_sha256) WHERE purpose = 'issue';
CREATE INDEX key_delivery_key_number ON key_delivery (key_number);
