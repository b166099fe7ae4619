-- Answers for certificates: lists by shard, responders and their pre-signed answers, time stamps.

-- A whole list has no shard. The number stays one sequence for all lists of an authority (rule 9).
ALTER TABLE revocation_list ADD COLUMN shard BIGINT CHECK (shard BETWEEN 0 AND 15);
-- How many certificates a shard's list names: where the records say another number, it is made anew.
ALTER TABLE revocation_list ADD COLUMN entries BIGINT CHECK (entries >= 0);

-- Who answers and stamps for an authority, with keys of their own. The newest one is used; older ones stay on record.
CREATE TABLE status_signer (
    issuer       TEXT   NOT NULL,
    role         TEXT   NOT NULL CHECK (role IN ('ocsp', 'tsa')),
    serial       TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    certificate  BYTEA  NOT NULL,
    not_before   BIGINT NOT NULL,
    not_after    BIGINT NOT NULL CHECK (not_after > not_before),
    PRIMARY KEY (issuer, role, serial)
);

-- An answer that was made ahead. It is served only while revoked_at is what the certificate's record says (0: it is
-- not revoked), so that a revocation counts at once.
CREATE TABLE ocsp_response (
    issuer       TEXT   NOT NULL,
    serial       TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    revoked_at   BIGINT NOT NULL,
    this_update  BIGINT NOT NULL,
    due_at       BIGINT NOT NULL,
    next_update  BIGINT NOT NULL CHECK (next_update > this_update),
    response     BYTEA  NOT NULL,
    PRIMARY KEY (issuer, serial),
    FOREIGN KEY (issuer, serial) REFERENCES issued_certificate (issuer, serial)
);

-- A serial stands here before it is signed; it is never used twice.
CREATE TABLE time_stamp (
    authority    TEXT   NOT NULL,
    serial       TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    stamped_at   BIGINT NOT NULL,
    algorithm    TEXT   NOT NULL CHECK (algorithm IN ('sm3', 'sha256', 'sha384', 'sha512')),
    imprint      BYTEA  NOT NULL,
    PRIMARY KEY (authority, serial)
);
