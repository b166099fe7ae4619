-- The registry of seals (印章): applied for, reviewed, made, in force; who may use one, and with whose approval.

-- The seal maker (制章人) is certified as responders are. Nothing refers to this table, so it is made anew (SQLite can't change a CHECK).
CREATE TABLE status_signer_wider (
    issuer       TEXT   NOT NULL,
    role         TEXT   NOT NULL CHECK (role IN ('ocsp', 'tsa', 'seal_maker')),
    serial       TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    certificate  BYTEA  NOT NULL,
    not_before   BIGINT NOT NULL,
    not_after    BIGINT NOT NULL CHECK (not_after > not_before),
    PRIMARY KEY (issuer, role, serial)
);
INSERT INTO status_signer_wider (issuer, role, serial, platform, certificate, not_before, not_after)
    SELECT issuer, role, serial, platform, certificate, not_before, not_after FROM status_signer;
DROP TABLE status_signer;
ALTER TABLE status_signer_wider RENAME TO status_signer;

-- A scanned impression: what was uploaded, and the vectors that were traced from it.
CREATE TABLE seal_scan (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    object           TEXT   NOT NULL,
    size             BIGINT NOT NULL CHECK (size > 0),
    sha256           TEXT   NOT NULL,
    media_type       TEXT   NOT NULL,
    picture          TEXT   NOT NULL,
    width_mm         BIGINT NOT NULL,
    height_mm        BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);

-- 申请 → 审核 → 制章.
CREATE TABLE seal_application (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    kind             TEXT   NOT NULL CHECK (kind IN ('official', 'contract', 'finance', 'invoice', 'bidding', 'legal_representative', 'other')),
    name             TEXT   NOT NULL,
    -- The drawing's rules as JSON; of a scan there are none.
    rules            TEXT,
    scan_id          TEXT,
    picture          TEXT   NOT NULL,
    width_mm         BIGINT NOT NULL CHECK (width_mm BETWEEN 5 AND 100),
    height_mm        BIGINT NOT NULL CHECK (height_mm BETWEEN 5 AND 100),
    -- {accounts: [], roles: []} as JSON.
    holders          TEXT   NOT NULL,
    needs_approval   BIGINT NOT NULL CHECK (needs_approval IN (0, 1)),
    note             TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn', 'made')),
    version          BIGINT NOT NULL,
    submitted_at     BIGINT NOT NULL,
    reviewed_by      TEXT,
    reviewed_at      BIGINT,
    review_note      TEXT,
    made_by          TEXT,
    made_at          BIGINT,
    UNIQUE (platform, id),
    CHECK ((rules IS NULL) = (scan_id IS NOT NULL)),
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL)),
    CHECK (state NOT IN ('approved', 'rejected', 'made') OR reviewed_by IS NOT NULL),
    CHECK (state <> 'rejected' OR review_note IS NOT NULL),
    CHECK ((state = 'made') = (made_by IS NOT NULL)),
    CHECK ((made_by IS NULL) = (made_at IS NULL)),
    -- Two persons: who reviewed it does not make it.
    CHECK (made_by IS NULL OR made_by <> reviewed_by),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, scan_id) REFERENCES seal_scan (platform, id),
    FOREIGN KEY (platform, reviewed_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, made_by) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX seal_application_open ON seal_application (organisation_id, kind, name) WHERE state IN ('submitted', 'approved');
CREATE INDEX seal_application_list ON seal_application (organisation_id, submitted_at);
CREATE INDEX seal_application_queue ON seal_application (platform, state, submitted_at);

-- 启用, 停用, 作废. A seal that was there before is in force.
ALTER TABLE seal ADD COLUMN state TEXT NOT NULL DEFAULT 'enabled' CHECK (state IN ('made', 'enabled', 'disabled', 'revoked'));
ALTER TABLE seal ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE seal ADD COLUMN needs_approval BIGINT NOT NULL DEFAULT 0 CHECK (needs_approval IN (0, 1));
-- Whose handwriting it is: nobody else may use it.
ALTER TABLE seal ADD COLUMN owner_id TEXT REFERENCES account (id);
ALTER TABLE seal ADD COLUMN application_id TEXT REFERENCES seal_application (id);
ALTER TABLE seal ADD COLUMN changed_at BIGINT CHECK (
    kind IN ('official', 'contract', 'finance', 'invoice', 'bidding', 'legal_representative', 'other', 'handwritten')
    AND (kind = 'handwritten') = (owner_id IS NOT NULL)
    AND (kind <> 'handwritten' OR needs_approval = 0)
    AND (state = 'revoked') = (ended_at IS NOT NULL));
CREATE UNIQUE INDEX seal_of_application ON seal (application_id) WHERE application_id IS NOT NULL;
-- One 公章 and one 法定代表人名章 in force at a time, and one signature of a person.
CREATE UNIQUE INDEX seal_one_in_force ON seal (organisation_id, kind) WHERE state = 'enabled' AND kind IN ('official', 'legal_representative');
CREATE UNIQUE INDEX seal_one_signature ON seal (owner_id) WHERE state = 'enabled' AND owner_id IS NOT NULL;

-- Who may use a seal; where nobody is named, every account that may write.
CREATE TABLE seal_holder (
    platform    TEXT   NOT NULL,
    seal_id     TEXT   NOT NULL,
    account_id  TEXT,
    role        TEXT   CHECK (role IN ('administrator', 'handler', 'seal_keeper', 'finance')),
    CHECK ((account_id IS NULL) <> (role IS NULL)),
    FOREIGN KEY (platform, seal_id) REFERENCES seal (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE UNIQUE INDEX seal_holder_account ON seal_holder (seal_id, account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX seal_holder_role ON seal_holder (seal_id, role) WHERE role IS NOT NULL;

CREATE TABLE seal_history (
    seal_id   TEXT   NOT NULL,
    sequence  BIGINT NOT NULL,
    platform  TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    state     TEXT   NOT NULL,
    by_role   TEXT   NOT NULL CHECK (by_role IN ('account', 'operator')),
    by_id     TEXT   NOT NULL,
    note      TEXT,
    PRIMARY KEY (seal_id, sequence),
    FOREIGN KEY (platform, seal_id) REFERENCES seal (platform, id)
);

-- Seal objects (SES_ESealInfo signed by the maker), each edition with the certificates that may use the seal then.
CREATE TABLE seal_object (
    seal_id      TEXT   NOT NULL,
    ses_version  BIGINT NOT NULL CHECK (ses_version IN (4, 5)),
    edition      BIGINT NOT NULL CHECK (edition > 0),
    platform     TEXT   NOT NULL,
    object       BYTEA  NOT NULL,
    -- SHA-256 over the certificates in it, in their order.
    users        TEXT   NOT NULL,
    -- Of the maker's certificate.
    maker        TEXT   NOT NULL,
    made_at      BIGINT NOT NULL,
    not_after    BIGINT NOT NULL CHECK (not_after > made_at),
    PRIMARY KEY (seal_id, ses_version, edition),
    FOREIGN KEY (platform, seal_id) REFERENCES seal (platform, id)
);

-- 用印审批: asked for by one person, decided by another.
CREATE TABLE seal_use_request (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    seal_id          TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    note             TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('requested', 'approved', 'rejected', 'withdrawn')),
    requested_at     BIGINT NOT NULL,
    decided_by       TEXT,
    decided_at       BIGINT,
    decision_note    TEXT,
    -- Until when an approval counts.
    expires_at       BIGINT,
    UNIQUE (platform, id),
    CHECK ((state IN ('approved', 'rejected')) = (decided_by IS NOT NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((state = 'approved') = (expires_at IS NOT NULL)),
    CHECK (state <> 'rejected' OR decision_note IS NOT NULL),
    -- Nobody approves for themselves.
    CHECK (decided_by IS NULL OR decided_by <> account_id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, seal_id) REFERENCES seal (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, decided_by) REFERENCES account (platform, id)
);
CREATE INDEX seal_use_request_list ON seal_use_request (organisation_id, requested_at);
CREATE INDEX seal_use_request_seal ON seal_use_request (seal_id, account_id, state);

CREATE TABLE seal_use_document (
    request_id   TEXT   NOT NULL,
    document_id  TEXT   NOT NULL,
    platform     TEXT   NOT NULL,
    -- Which file lay before whoever asked.
    sha256       TEXT   NOT NULL,
    PRIMARY KEY (request_id, document_id),
    FOREIGN KEY (platform, request_id) REFERENCES seal_use_request (platform, id),
    FOREIGN KEY (platform, document_id) REFERENCES document (platform, id)
);
CREATE INDEX seal_use_document_list ON seal_use_document (document_id);
CREATE INDEX sealing_by_seal ON sealing (seal_id, completed_at);
