-- Certification authorities: what was decided, what was signed, what is revoked. The keys are elsewhere.

CREATE TABLE authority (
    id           TEXT   PRIMARY KEY,
    platform     TEXT   NOT NULL,
    provider_id  TEXT   NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('root', 'issuing')),
    certificate  BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL
);

-- Rule 9: the serial stands here before anything is signed with it.
CREATE TABLE issued_certificate (
    issuer             TEXT   NOT NULL,
    serial             TEXT   NOT NULL,
    platform           TEXT   NOT NULL,
    state              TEXT   NOT NULL CHECK (state IN ('intended', 'issued', 'possibly_issued')),
    subject            TEXT   NOT NULL,
    key_number         TEXT,
    not_before         BIGINT NOT NULL,
    not_after          BIGINT NOT NULL,
    tbs                BYTEA  NOT NULL,
    certificate        BYTEA,
    intended_at        BIGINT NOT NULL,
    revoked_at         BIGINT,
    revocation_reason  TEXT,
    PRIMARY KEY (issuer, serial)
);
CREATE INDEX issued_certificate_key ON issued_certificate (key_number);

-- A number is taken before its list is signed, and never again.
CREATE TABLE revocation_list (
    issuer       TEXT   NOT NULL,
    number       BIGINT NOT NULL,
    platform     TEXT   NOT NULL,
    this_update  BIGINT NOT NULL,
    next_update  BIGINT NOT NULL,
    crl          BYTEA,
    PRIMARY KEY (issuer, number)
);
