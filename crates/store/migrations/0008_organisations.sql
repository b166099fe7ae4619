-- Organisations, people, bindings and regions: what both manuals do with them.
-- Wider CHECKs: where nothing refers to a table it is made anew and copied (SQLite can't change a CHECK); where much refers
-- to one (account, organisation) there are new columns instead, and the last one added carries the rules over all of them.

-- 区划, from a registry package (GB/T 2260). Codes are never removed: rows refer to them.
CREATE TABLE region (
    code         TEXT   PRIMARY KEY,
    platform     TEXT   NOT NULL,
    parent       TEXT   REFERENCES region (code),
    level        BIGINT NOT NULL CHECK (level BETWEEN 1 AND 3),
    name_zh      TEXT   NOT NULL,
    name_en      TEXT,
    imported_at  BIGINT NOT NULL,
    CHECK ((level = 1) = (parent IS NULL))
);
CREATE INDEX region_children ON region (parent, code);

-- What a platform opens in a region. NULL: as in the region above; region '' is the whole platform.
CREATE TABLE region_setting (
    platform     TEXT   NOT NULL,
    region       TEXT   NOT NULL,
    -- ["szca"] as JSON.
    providers    TEXT,
    application  BIGINT CHECK (application IN (0, 1)),
    -- ["password", "phone", "certificate"] as JSON.
    login        TEXT,
    drivers      TEXT,
    -- [{zh, en}] as JSON.
    notices      TEXT,
    version      BIGINT NOT NULL,
    changed_by   TEXT   NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (platform, region),
    FOREIGN KEY (platform, changed_by) REFERENCES platform_operator (platform, id)
);

-- Organisations: kind, standing, what a 正式供应商 told about itself.
ALTER TABLE organisation ADD COLUMN kind TEXT NOT NULL DEFAULT 'supplier' CHECK (kind IN ('supplier', 'purchaser', 'agency'));
ALTER TABLE organisation ADD COLUMN state TEXT NOT NULL DEFAULT 'registered' CHECK (state IN ('registered', 'formal'));
ALTER TABLE organisation ADD COLUMN legal_representative TEXT;
ALTER TABLE organisation ADD COLUMN address TEXT;
ALTER TABLE organisation ADD COLUMN bank_name TEXT;
ALTER TABLE organisation ADD COLUMN bank_account TEXT;
ALTER TABLE organisation ADD COLUMN contact TEXT;
ALTER TABLE organisation ADD COLUMN contact_phone TEXT;
ALTER TABLE organisation ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE organisation ADD COLUMN formal_since BIGINT
    CHECK ((state = 'formal') = (formal_since IS NOT NULL) AND (state <> 'formal' OR (legal_representative IS NOT NULL AND address IS NOT NULL)));
CREATE INDEX organisation_by_name ON organisation (platform, name);

-- 入驻区划.
CREATE TABLE organisation_region (
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    region           TEXT   NOT NULL REFERENCES region (code),
    since            BIGINT NOT NULL,
    PRIMARY KEY (organisation_id, region),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id)
);
CREATE INDEX organisation_region_list ON organisation_region (platform, region);

-- 正式供应商, 信息变更, 区划变更: asked for by an account, decided by an operator (other tables: rule 10 holds by itself).
CREATE TABLE change_request (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    kind             TEXT   NOT NULL CHECK (kind IN ('formal', 'information', 'regions')),
    state            TEXT   NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'rejected', 'withdrawn')),
    version          BIGINT NOT NULL,
    -- As JSON: what is asked for, and what stood when it was submitted.
    proposal         TEXT   NOT NULL,
    before           TEXT   NOT NULL,
    note             TEXT   NOT NULL,
    created_by       TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    submitted_at     BIGINT,
    decided_by       TEXT,
    decided_at       BIGINT,
    decision_note    TEXT,
    UNIQUE (platform, id),
    CHECK (state NOT IN ('submitted', 'returned', 'approved', 'rejected') OR submitted_at IS NOT NULL),
    CHECK (state NOT IN ('returned', 'approved', 'rejected') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
    CHECK (state NOT IN ('returned', 'rejected') OR decision_note IS NOT NULL),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, created_by) REFERENCES account (platform, id),
    FOREIGN KEY (platform, decided_by) REFERENCES platform_operator (platform, id)
);
-- One of a kind at a time.
CREATE UNIQUE INDEX change_request_open ON change_request (organisation_id, kind) WHERE state IN ('draft', 'submitted', 'returned');
CREATE INDEX change_request_list ON change_request (organisation_id, created_at);
CREATE INDEX change_request_queue ON change_request (platform, state, submitted_at);

CREATE TABLE change_request_history (
    request_id  TEXT   NOT NULL,
    sequence    BIGINT NOT NULL,
    platform    TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    by_role     TEXT   NOT NULL CHECK (by_role IN ('supplier', 'operator')),
    by_id       TEXT   NOT NULL,
    note        TEXT,
    PRIMARY KEY (request_id, sequence),
    FOREIGN KEY (platform, request_id) REFERENCES change_request (platform, id)
);

-- A company that was renamed: until its certificates say so too, the reviewed old name is as good.
CREATE TABLE renamed_organisation (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    old_name         TEXT   NOT NULL,
    new_name         TEXT   NOT NULL,
    request_id       TEXT   NOT NULL,
    approved_by      TEXT   NOT NULL,
    since            BIGINT NOT NULL,
    until            BIGINT NOT NULL CHECK (until > since),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, request_id) REFERENCES change_request (platform, id),
    FOREIGN KEY (platform, approved_by) REFERENCES platform_operator (platform, id)
);
CREATE INDEX renamed_organisation_list ON renamed_organisation (organisation_id, until);

-- Accounts. The administrator is one by `role`; whoever is not has a post.
ALTER TABLE account ADD COLUMN post TEXT NOT NULL DEFAULT 'handler' CHECK (post IN ('handler', 'seal_keeper', 'finance', 'reader'));
ALTER TABLE account ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('invited', 'active', 'locked', 'left'));
ALTER TABLE account ADD COLUMN ca_login TEXT NOT NULL DEFAULT 'allowed' CHECK (ca_login IN ('allowed', 'disabled', 'required'));
ALTER TABLE account ADD COLUMN last_login_at BIGINT;
ALTER TABLE account ADD COLUMN left_at BIGINT
    CHECK ((state = 'left') = (left_at IS NOT NULL) AND (state <> 'left' OR role <> 'administrator'));
CREATE INDEX account_phone ON account (platform, phone);

-- 部门. A department's depth is its parent's and one, so no loop can be written.
CREATE TABLE department (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    parent_id        TEXT,
    parent_depth     BIGINT NOT NULL,
    depth            BIGINT NOT NULL CHECK (depth BETWEEN 1 AND 5),
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    UNIQUE (platform, organisation_id, id),
    UNIQUE (organisation_id, id, depth),
    CHECK (depth = parent_depth + 1),
    CHECK ((parent_id IS NULL) = (parent_depth = 0)),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (organisation_id, parent_id, parent_depth) REFERENCES department (organisation_id, id, depth)
);
CREATE UNIQUE INDEX department_name ON department (organisation_id, COALESCE(parent_id, ''), name);

CREATE TABLE department_member (
    account_id       TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    department_id    TEXT   NOT NULL,
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    -- Not deletable while somebody is in it.
    FOREIGN KEY (platform, organisation_id, department_id) REFERENCES department (platform, organisation_id, id)
);
CREATE INDEX department_member_list ON department_member (department_id);

-- The code that an invited person sets their first password with.
CREATE TABLE invitation (
    account_id  TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    code_hash   BYTEA  NOT NULL,
    tries       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT,
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);

CREATE TABLE account_preference (
    account_id  TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    mail        TEXT,
    -- Kinds of notices that come by mail, as JSON.
    mail_kinds  TEXT   NOT NULL,
    large_text  BIGINT NOT NULL CHECK (large_text IN (0, 1)),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);

-- Codes by telephone. Asking for an unknown number leaves a row too: it counts against the limits.
CREATE TABLE phone_code (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    purpose     TEXT   NOT NULL CHECK (purpose IN ('login', 'register', 'recover', 'phone')),
    phone       TEXT   NOT NULL,
    account_id  TEXT,
    code_hash   BYTEA  NOT NULL,
    address     TEXT   NOT NULL,
    tries       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT
);
CREATE INDEX phone_code_phone ON phone_code (platform, phone, created_at);
CREATE INDEX phone_code_address ON phone_code (address, created_at);

-- A browser that an account logged in from: strangers' wrong passwords do not slow it.
CREATE TABLE known_device (
    platform       TEXT   NOT NULL,
    account_id     TEXT   NOT NULL,
    secret_hash    BYTEA  NOT NULL,
    first_seen_at  BIGINT NOT NULL,
    last_seen_at   BIGINT NOT NULL,
    PRIMARY KEY (account_id, secret_hash),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
-- Where an account was seen: the /16 or /32 of its address.
CREATE TABLE login_place (
    platform      TEXT   NOT NULL,
    account_id    TEXT   NOT NULL,
    place         TEXT   NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    PRIMARY KEY (account_id, place),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);

-- Sessions, made anew: by phone too, with address, browser, region. Proofs live ten minutes: they are not carried over.
DROP TABLE binding_proof;
CREATE TABLE session_next (
    id                  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    secret_hash         BYTEA  NOT NULL,
    account_id          TEXT   NOT NULL,
    method              TEXT   NOT NULL CHECK (method IN ('password', 'certificate', 'phone')),
    key_number          TEXT,
    risk                TEXT,
    address             TEXT   NOT NULL,
    device              TEXT   NOT NULL,
    new_device          BIGINT NOT NULL CHECK (new_device IN (0, 1)),
    new_place           BIGINT NOT NULL CHECK (new_place IN (0, 1)),
    region              TEXT   REFERENCES region (code),
    created_at          BIGINT NOT NULL,
    last_seen_at        BIGINT NOT NULL,
    ended_at            BIGINT,
    UNIQUE (platform, id),
    CHECK ((method = 'certificate') = (key_number IS NOT NULL)),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
INSERT INTO session_next (id, platform, secret_hash, account_id, method, key_number, risk, address, device, new_device, new_place, created_at, last_seen_at, ended_at)
    SELECT id, platform, secret_hash, account_id, method, key_number, risk, '', '', 0, 0, created_at, last_seen_at, ended_at FROM session;
DROP TABLE session;
ALTER TABLE session_next RENAME TO session;
CREATE UNIQUE INDEX session_secret ON session (secret_hash);
CREATE INDEX session_account ON session (account_id);

-- Bindings, made anew: each says how it came about, what it goes on from, and why it ended.
CREATE TABLE binding_next (
    id                 TEXT   PRIMARY KEY,
    platform           TEXT   NOT NULL,
    organisation_id    TEXT   NOT NULL,
    account_id         TEXT   NOT NULL,
    key_number         TEXT   NOT NULL,
    provider_id        TEXT   NOT NULL,
    holder             TEXT   NOT NULL,
    -- The certificate that was shown last; earlier ones of the same number are in binding_certificate.
    certificate        BYTEA  NOT NULL,
    certificate_since  BIGINT NOT NULL,
    certificate_how    TEXT   NOT NULL CHECK (certificate_how IN ('bound', 'renewed')),
    not_after          BIGINT NOT NULL,
    -- What was last learnt about revocation, apart from the certificate's own dates.
    standing           TEXT   NOT NULL CHECK (standing IN ('good', 'revoked', 'undetermined')),
    standing_at        BIGINT NOT NULL,
    how                TEXT   NOT NULL CHECK (how IN ('bound', 'renewed')),
    previous_id        TEXT,
    bound_by           TEXT   NOT NULL,
    bound_at           BIGINT NOT NULL,
    ended_by           TEXT,
    ended_at           BIGINT,
    end_reason         TEXT   CHECK (end_reason IN ('released', 'renewed', 'left', 'forced', 'holder_changed')),
    UNIQUE (platform, id),
    CHECK ((how = 'renewed') = (previous_id IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (ended_at IS NULL OR ended_at >= bound_at),
    CHECK (previous_id IS NULL OR previous_id <> id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, bound_by) REFERENCES account (platform, id),
    FOREIGN KEY (platform, previous_id) REFERENCES binding_next (platform, id)
);
INSERT INTO binding_next (id, platform, organisation_id, account_id, key_number, provider_id, holder, certificate, certificate_since, certificate_how,
        not_after, standing, standing_at, how, previous_id, bound_by, bound_at, ended_by, ended_at, end_reason)
    SELECT id, platform, organisation_id, account_id, key_number, provider_id, holder, certificate, bound_at, 'bound',
        not_after, 'good', bound_at, 'bound', NULL, bound_by, bound_at, ended_by, ended_at, CASE WHEN ended_at IS NULL THEN NULL ELSE 'released' END
    FROM binding;
DROP TABLE binding;
ALTER TABLE binding_next RENAME TO binding;
-- Rule 1: within a platform a key number is bound to at most one account, under any race.
CREATE UNIQUE INDEX binding_key_number ON binding (platform, key_number) WHERE ended_at IS NULL;
-- A binding goes on in one other at most.
CREATE UNIQUE INDEX binding_previous ON binding (previous_id) WHERE previous_id IS NOT NULL;
CREATE INDEX binding_account ON binding (account_id, bound_at) WHERE ended_at IS NULL;
CREATE INDEX binding_organisation ON binding (organisation_id, bound_at, id) WHERE ended_at IS NULL;
CREATE INDEX binding_newest ON binding (platform, bound_at, id) WHERE ended_at IS NULL;
CREATE INDEX binding_ending ON binding (not_after) WHERE ended_at IS NULL;
CREATE INDEX binding_numbers ON binding (platform, key_number, bound_at);

-- Certificates that a binding had before, where the renewed key kept its number.
CREATE TABLE binding_certificate (
    binding_id   TEXT   NOT NULL,
    sequence     BIGINT NOT NULL CHECK (sequence >= 1),
    platform     TEXT   NOT NULL,
    certificate  BYTEA  NOT NULL,
    since        BIGINT NOT NULL,
    until        BIGINT NOT NULL CHECK (until >= since),
    how          TEXT   NOT NULL CHECK (how IN ('bound', 'renewed')),
    PRIMARY KEY (binding_id, sequence),
    FOREIGN KEY (platform, binding_id) REFERENCES binding (platform, id)
);

-- Every step of a binding.
CREATE TABLE binding_history (
    binding_id  TEXT   NOT NULL,
    sequence    BIGINT NOT NULL CHECK (sequence >= 1),
    platform    TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    event       TEXT   NOT NULL CHECK (event IN ('bound', 'continued', 'certificate_renewed', 'released', 'renewed', 'left', 'forced', 'holder_changed')),
    by_role     TEXT   NOT NULL CHECK (by_role IN ('account', 'operator', 'system')),
    by_id       TEXT,
    PRIMARY KEY (binding_id, sequence),
    CHECK ((by_role = 'system') = (by_id IS NULL)),
    FOREIGN KEY (platform, binding_id) REFERENCES binding (platform, id)
);
INSERT INTO binding_history (binding_id, sequence, platform, at, event, by_role, by_id)
    SELECT id, 1, platform, bound_at, 'bound', 'account', bound_by FROM binding;
INSERT INTO binding_history (binding_id, sequence, platform, at, event, by_role, by_id)
    SELECT id, 2, platform, ended_at, 'released', 'account', COALESCE(ended_by, bound_by) FROM binding WHERE ended_at IS NOT NULL;

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
    not_before        BIGINT NOT NULL,
    not_after         BIGINT NOT NULL,
    created_at        BIGINT NOT NULL,
    expires_at        BIGINT NOT NULL,
    used_at           BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, session_id) REFERENCES session (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE INDEX binding_proof_age ON binding_proof (expires_at);
CREATE INDEX binding_proof_of ON binding_proof (account_id, key_number, created_at);

-- 强制解绑: with evidence, two persons, a waiting time, and a word for the old owner.
CREATE TABLE forced_unbinding (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    binding_id       TEXT   NOT NULL,
    -- Who wants the key, and what proved that they hold it.
    account_id       TEXT   NOT NULL,
    proof_id         TEXT   NOT NULL,
    reason           TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('draft', 'submitted', 'first_approved', 'waiting', 'objected', 'done', 'rejected', 'withdrawn')),
    version          BIGINT NOT NULL,
    first_by         TEXT,
    first_at         BIGINT,
    second_by        TEXT,
    second_at        BIGINT,
    waits_until      BIGINT,
    objection        TEXT,
    objected_by      TEXT,
    objected_at      BIGINT,
    -- An objection is overruled by a third person.
    overruled_by     TEXT,
    rejected_by      TEXT,
    rejection        TEXT,
    created_at       BIGINT NOT NULL,
    submitted_at     BIGINT,
    ended_at         BIGINT,
    UNIQUE (platform, id),
    -- Rule 10: two persons.
    CHECK (second_by IS NULL OR (first_by IS NOT NULL AND second_by <> first_by)),
    CHECK (state NOT IN ('waiting', 'objected', 'done') OR (second_by IS NOT NULL AND waits_until IS NOT NULL)),
    CHECK (state <> 'first_approved' OR first_by IS NOT NULL),
    CHECK (overruled_by IS NULL OR (objected_at IS NOT NULL AND overruled_by <> first_by AND overruled_by <> second_by)),
    CHECK (state <> 'done' OR objected_at IS NULL OR overruled_by IS NOT NULL),
    CHECK (state <> 'done' OR ended_at >= waits_until),
    CHECK ((objected_at IS NULL) = (objection IS NULL) AND (objected_at IS NULL) = (objected_by IS NULL)),
    CHECK ((state = 'rejected') = (rejected_by IS NOT NULL) AND (rejected_by IS NULL) = (rejection IS NULL)),
    CHECK ((state IN ('done', 'rejected', 'withdrawn')) = (ended_at IS NOT NULL)),
    CHECK (state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL),
    FOREIGN KEY (platform, binding_id) REFERENCES binding (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, proof_id) REFERENCES binding_proof (platform, id),
    FOREIGN KEY (platform, objected_by) REFERENCES account (platform, id),
    FOREIGN KEY (platform, first_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, second_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, overruled_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, rejected_by) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX forced_unbinding_open ON forced_unbinding (binding_id, account_id)
    WHERE state IN ('draft', 'submitted', 'first_approved', 'waiting', 'objected');
CREATE UNIQUE INDEX forced_unbinding_under_way ON forced_unbinding (binding_id) WHERE state IN ('first_approved', 'waiting', 'objected');
CREATE INDEX forced_unbinding_queue ON forced_unbinding (platform, state, submitted_at);
CREATE INDEX forced_unbinding_of ON forced_unbinding (account_id, created_at);

CREATE TABLE forced_unbinding_history (
    forced_id  TEXT   NOT NULL,
    sequence   BIGINT NOT NULL,
    platform   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    by_role    TEXT   NOT NULL CHECK (by_role IN ('supplier', 'owner', 'operator', 'system')),
    by_id      TEXT,
    note       TEXT,
    PRIMARY KEY (forced_id, sequence),
    CHECK ((by_role = 'system') = (by_id IS NULL)),
    FOREIGN KEY (platform, forced_id) REFERENCES forced_unbinding (platform, id)
);

-- Papers of a change request or of a forced unbinding.
CREATE TABLE paper (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    request_id  TEXT,
    forced_id   TEXT,
    material    TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    object      TEXT   NOT NULL,
    size        BIGINT NOT NULL CHECK (size > 0),
    media_type  TEXT   NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg')),
    sha256      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    removed_at  BIGINT,
    UNIQUE (platform, id),
    CHECK ((request_id IS NULL) <> (forced_id IS NULL)),
    FOREIGN KEY (platform, request_id) REFERENCES change_request (platform, id),
    FOREIGN KEY (platform, forced_id) REFERENCES forced_unbinding (platform, id)
);
CREATE INDEX paper_of_request ON paper (request_id, created_at);
CREATE INDEX paper_of_forced ON paper (forced_id, created_at);

-- Operators are in one class: 业务, 审计 or 系统. A duty names its class, and both must be the operator's.
ALTER TABLE platform_operator ADD COLUMN class TEXT NOT NULL DEFAULT 'system' CHECK (class IN ('business', 'audit', 'system'));
ALTER TABLE platform_operator ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE platform_operator SET class = 'business'
    WHERE EXISTS (SELECT 1 FROM operator_duty d WHERE d.platform = platform_operator.platform AND d.operator_id = platform_operator.id);
UPDATE platform_operator SET class = 'audit'
    WHERE EXISTS (SELECT 1 FROM operator_duty d WHERE d.platform = platform_operator.platform AND d.operator_id = platform_operator.id AND d.duty = 'audit');
CREATE UNIQUE INDEX platform_operator_class ON platform_operator (platform, id, class);
CREATE TABLE operator_duty_next (
    platform     TEXT   NOT NULL,
    operator_id  TEXT   NOT NULL,
    duty         TEXT   NOT NULL CHECK (duty IN ('intake', 'review', 'second_review', 'production', 'dispatch', 'finance', 'audit')),
    class        TEXT   NOT NULL CHECK (class IN ('business', 'audit')),
    granted_at   BIGINT NOT NULL,
    PRIMARY KEY (platform, operator_id, duty),
    CHECK ((duty = 'audit') = (class = 'audit')),
    FOREIGN KEY (platform, operator_id, class) REFERENCES platform_operator (platform, id, class)
);
-- Where somebody held audit beside others, audit stays: the program never let them use the others.
INSERT INTO operator_duty_next (platform, operator_id, duty, class, granted_at)
    SELECT d.platform, d.operator_id, d.duty, CASE WHEN d.duty = 'audit' THEN 'audit' ELSE 'business' END, d.granted_at
    FROM operator_duty d JOIN platform_operator o ON o.platform = d.platform AND o.id = d.operator_id
    WHERE (d.duty = 'audit') = (o.class = 'audit');
DROP TABLE operator_duty;
ALTER TABLE operator_duty_next RENAME TO operator_duty;

-- The second factor of staff: a one-time password (RFC 6238), its secret sealed under an installation's key, or a key.
CREATE TABLE operator_totp (
    operator_id   TEXT   PRIMARY KEY,
    platform      TEXT   NOT NULL,
    secret        BYTEA  NOT NULL,
    confirmed_at  BIGINT,
    -- The step that was used last: none is used twice.
    last_step     BIGINT NOT NULL,
    failures      BIGINT NOT NULL,
    failed_at     BIGINT,
    created_at    BIGINT NOT NULL,
    FOREIGN KEY (platform, operator_id) REFERENCES platform_operator (platform, id)
);
CREATE TABLE operator_key (
    id           TEXT   PRIMARY KEY,
    platform     TEXT   NOT NULL,
    operator_id  TEXT   NOT NULL,
    provider_id  TEXT   NOT NULL,
    key_number   TEXT   NOT NULL,
    holder       TEXT   NOT NULL,
    added_at     BIGINT NOT NULL,
    ended_at     BIGINT,
    FOREIGN KEY (platform, operator_id) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX operator_key_number ON operator_key (platform, provider_id, key_number) WHERE ended_at IS NULL;
ALTER TABLE operator_session ADD COLUMN second_factor_at BIGINT;
ALTER TABLE operator_session ADD COLUMN second_factor TEXT CHECK (second_factor IN ('totp', 'certificate') AND (second_factor IS NULL) = (second_factor_at IS NULL));

-- Real senders take messages from the outbox; without one they lie there.
ALTER TABLE outbox ADD COLUMN sent_at BIGINT;
ALTER TABLE outbox ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
