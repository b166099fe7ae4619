-- Applications (CA 证书申领): from draft to 已生效, with materials, payments, production, and the desk's duties.

-- What an operator may do. An auditor has no other duty: the program refuses to grant or to use one.
CREATE TABLE operator_duty (
    platform     TEXT   NOT NULL,
    operator_id  TEXT   NOT NULL,
    duty         TEXT   NOT NULL CHECK (duty IN ('intake', 'review', 'second_review', 'production', 'dispatch', 'finance', 'audit')),
    granted_at   BIGINT NOT NULL,
    PRIMARY KEY (platform, operator_id, duty),
    FOREIGN KEY (platform, operator_id) REFERENCES platform_operator (platform, id)
);

CREATE TABLE application (
    id                  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    -- 受理编号.
    number              TEXT   NOT NULL,
    provider_id         TEXT   NOT NULL,
    kind                TEXT   NOT NULL CHECK (kind IN ('new', 'additional', 'renewal', 'change', 'unlock', 'replacement', 'revocation', 'suspension', 'resumption')),
    type                TEXT   NOT NULL CHECK (type IN ('organisation', 'business', 'legal_representative', 'handler')),
    way                 TEXT   NOT NULL CHECK (way IN ('online', 'counter', 'mail')),
    -- At the counter an organisation need not be registered with the platform.
    organisation_id     TEXT,
    account_id          TEXT,
    -- The key that it is about, and the number of the one that it leads to.
    key_number          TEXT,
    new_key_number      TEXT,
    form                TEXT   NOT NULL,
    version             BIGINT NOT NULL,
    state               TEXT   NOT NULL CHECK (state IN ('draft', 'submitted', 'returned', 'rejected', 'awaiting_payment', 'payment_review', 'second_review',
                            'awaiting_originals', 'production', 'produced', 'shipping', 'shipped', 'active', 'withdrawn', 'writing', 'closed')),
    fee                 BIGINT NOT NULL CHECK (fee >= 0),
    paid                BIGINT NOT NULL CHECK (paid IN (0, 1)),
    entered_by_kind     TEXT   NOT NULL CHECK (entered_by_kind IN ('account', 'operator')),
    entered_by          TEXT   NOT NULL,
    reviewed_by         TEXT,
    second_reviewed_by  TEXT,
    produced_by         TEXT,
    -- The reviewer's marks as JSON, while it is returned.
    returned            TEXT,
    rejection           TEXT,
    originals_courier   TEXT,
    originals_number    TEXT,
    originals_sent_at   BIGINT,
    originals_received  BIGINT NOT NULL CHECK (originals_received IN (0, 1)),
    shipment_courier    TEXT,
    shipment_number     TEXT,
    pick_up             BIGINT NOT NULL CHECK (pick_up IN (0, 1)),
    shipped_at          BIGINT,
    invoice_requested_at BIGINT,
    due_at              BIGINT,
    submitted_at        BIGINT,
    entered_state_at    BIGINT NOT NULL,
    created_at          BIGINT NOT NULL,
    UNIQUE (platform, id),
    -- Rule 10: 录入, 审核, 复核 and 制证 are four persons.
    CHECK (reviewed_by IS NULL OR reviewed_by <> entered_by),
    CHECK (second_reviewed_by IS NULL OR (reviewed_by IS NOT NULL AND second_reviewed_by <> entered_by AND second_reviewed_by <> reviewed_by)),
    CHECK (produced_by IS NULL OR (second_reviewed_by IS NOT NULL AND produced_by <> entered_by AND produced_by <> reviewed_by AND produced_by <> second_reviewed_by)),
    -- Nothing is made, sent, or done at the CA before two reviews passed and the money was there.
    CHECK (state NOT IN ('awaiting_originals', 'production', 'produced', 'shipping', 'shipped', 'active', 'writing', 'closed')
        OR (reviewed_by IS NOT NULL AND second_reviewed_by IS NOT NULL AND (fee = 0 OR paid = 1))),
    CHECK (state NOT IN ('produced', 'shipping', 'shipped') OR (produced_by IS NOT NULL AND new_key_number IS NOT NULL)),
    CHECK (state <> 'shipped' OR shipped_at IS NOT NULL),
    CHECK ((state = 'returned') = (returned IS NOT NULL)),
    CHECK (organisation_id IS NOT NULL OR way = 'counter'),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, reviewed_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, second_reviewed_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, produced_by) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX application_number ON application (platform, number);
-- A new key number is one application's. A renewal may keep the number of its key.
CREATE UNIQUE INDEX application_new_key ON application (provider_id, new_key_number) WHERE kind <> 'renewal';
CREATE INDEX application_of_new_key ON application (new_key_number, provider_id);
CREATE INDEX application_of_organisation ON application (organisation_id, created_at);
CREATE INDEX application_queue ON application (platform, state, due_at);
CREATE INDEX application_key ON application (platform, key_number);
-- One thing at a time is done with a key.
CREATE UNIQUE INDEX application_open_on_key ON application (platform, key_number)
    WHERE key_number IS NOT NULL AND state NOT IN ('draft', 'rejected', 'withdrawn', 'active', 'closed');

-- Every step: what happened, what stood after it, by whom.
CREATE TABLE application_history (
    id              TEXT   PRIMARY KEY,
    platform        TEXT   NOT NULL,
    application_id  TEXT   NOT NULL,
    sequence        BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    event           TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    by_role         TEXT   NOT NULL CHECK (by_role IN ('supplier', 'operator', 'system')),
    by_id           TEXT,
    note            TEXT,
    CHECK ((by_role = 'system') = (by_id IS NULL)),
    FOREIGN KEY (platform, application_id) REFERENCES application (platform, id)
);
CREATE UNIQUE INDEX application_history_order ON application_history (application_id, sequence);

CREATE TABLE application_material (
    id              TEXT   PRIMARY KEY,
    platform        TEXT   NOT NULL,
    application_id  TEXT   NOT NULL,
    material        TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    object          TEXT   NOT NULL,
    size            BIGINT NOT NULL CHECK (size > 0),
    media_type      TEXT   NOT NULL CHECK (media_type IN ('application/pdf', 'image/png', 'image/jpeg')),
    pages           BIGINT,
    sha256          TEXT   NOT NULL,
    mark            TEXT,
    created_at      BIGINT NOT NULL,
    removed_at      BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, application_id) REFERENCES application (platform, id)
);
CREATE INDEX application_material_list ON application_material (application_id, created_at);

CREATE TABLE payment (
    id                TEXT   PRIMARY KEY,
    platform          TEXT   NOT NULL,
    application_id    TEXT   NOT NULL,
    method            TEXT   NOT NULL CHECK (method IN ('transfer', 'gateway')),
    amount            BIGINT NOT NULL CHECK (amount > 0),
    -- 附言码: what the payer writes on the transfer.
    memo_code         TEXT   NOT NULL,
    state             TEXT   NOT NULL CHECK (state IN ('waiting', 'voucher', 'confirmed', 'refused', 'refund_due', 'refunded')),
    voucher_object    TEXT,
    voucher_type      TEXT,
    voucher_size      BIGINT,
    received_amount   BIGINT CHECK (received_amount >= 0),
    reference         TEXT,
    refusal           TEXT,
    confirmed_by      TEXT,
    confirmed_at      BIGINT,
    refund_reason     TEXT,
    refund_reference  TEXT,
    refunded_by       TEXT,
    refunded_at       BIGINT,
    created_at        BIGINT NOT NULL,
    UNIQUE (platform, id),
    CHECK ((voucher_object IS NULL) = (voucher_type IS NULL) AND (voucher_object IS NULL) = (voucher_size IS NULL)),
    CHECK (state NOT IN ('confirmed', 'refund_due', 'refunded') OR (received_amount IS NOT NULL AND reference IS NOT NULL AND confirmed_at IS NOT NULL)),
    -- What counts as paid is the price, exactly.
    CHECK (state <> 'confirmed' OR received_amount = amount),
    CHECK ((state = 'refunded') = (refunded_at IS NOT NULL) AND (refunded_at IS NULL) = (refund_reference IS NULL)),
    FOREIGN KEY (platform, application_id) REFERENCES application (platform, id),
    FOREIGN KEY (platform, confirmed_by) REFERENCES platform_operator (platform, id),
    FOREIGN KEY (platform, refunded_by) REFERENCES platform_operator (platform, id)
);
CREATE UNIQUE INDEX payment_memo ON payment (platform, memo_code);
-- An application is paid once; whatever comes beside it goes back.
CREATE UNIQUE INDEX payment_once ON payment (application_id) WHERE state = 'confirmed';
CREATE UNIQUE INDEX payment_open ON payment (application_id, method) WHERE state IN ('waiting', 'voucher');
CREATE INDEX payment_list ON payment (platform, state, created_at);

-- A gateway's notification counts once, by its own id.
CREATE TABLE payment_notification (
    platform     TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    payment_id   TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    received_at  BIGINT NOT NULL,
    PRIMARY KEY (platform, id),
    FOREIGN KEY (platform, payment_id) REFERENCES payment (platform, id)
);

-- A key being made, renewed or unlocked, step by step, so that it can be taken up after the key was pulled.
CREATE TABLE production (
    id                  TEXT   PRIMARY KEY,
    platform            TEXT   NOT NULL,
    application_id      TEXT   NOT NULL,
    kind                TEXT   NOT NULL CHECK (kind IN ('produce', 'renew', 'unlock')),
    state               TEXT   NOT NULL CHECK (state IN ('begun', 'waiting', 'written', 'refused', 'abandoned')),
    key_number          TEXT   NOT NULL,
    intent              TEXT   NOT NULL,
    device_serial       TEXT,
    signing_key_sha256  TEXT,
    escrow              TEXT,
    order_id            TEXT,
    -- The sealed challenge that the old key answers, of a renewal.
    challenge           TEXT,
    result              TEXT,
    refusal             TEXT,
    begun_by            TEXT   NOT NULL,
    begun_at            BIGINT NOT NULL,
    prepared_at         BIGINT,
    ended_at            BIGINT,
    UNIQUE (platform, id),
    CHECK (state IN ('begun', 'abandoned') OR (order_id IS NOT NULL AND device_serial IS NOT NULL)),
    CHECK (state <> 'written' OR result IS NOT NULL),
    CHECK ((state IN ('written', 'refused', 'abandoned')) = (ended_at IS NOT NULL)),
    FOREIGN KEY (platform, application_id) REFERENCES application (platform, id)
);
-- One open production an application.
CREATE UNIQUE INDEX production_open ON production (application_id) WHERE state IN ('begun', 'waiting');
CREATE INDEX production_device ON production (device_serial, key_number) WHERE state = 'written';
CREATE INDEX production_key ON production (platform, key_number);

CREATE TABLE invoice (
    application_id  TEXT   PRIMARY KEY,
    platform        TEXT   NOT NULL,
    number          TEXT   NOT NULL,
    object          TEXT   NOT NULL,
    media_type      TEXT   NOT NULL,
    size            BIGINT NOT NULL CHECK (size > 0),
    sha256          TEXT   NOT NULL,
    issued_by       TEXT   NOT NULL,
    issued_at       BIGINT NOT NULL,
    UNIQUE (platform, number),
    FOREIGN KEY (platform, application_id) REFERENCES application (platform, id),
    FOREIGN KEY (platform, issued_by) REFERENCES platform_operator (platform, id)
);

-- Codes for the public progress query. Asking for an unknown number leaves a row too: it counts against the limits.
CREATE TABLE progress_code (
    id              TEXT   PRIMARY KEY,
    platform        TEXT   NOT NULL,
    number          TEXT   NOT NULL,
    application_id  TEXT,
    code_hash       BYTEA  NOT NULL,
    address         TEXT   NOT NULL,
    tries           BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE INDEX progress_code_number ON progress_code (platform, number, created_at);
CREATE INDEX progress_code_address ON progress_code (address, created_at);

-- 授权码 of an unlock, told by telephone.
CREATE TABLE unlock_code (
    application_id  TEXT   PRIMARY KEY,
    platform        TEXT   NOT NULL,
    code_hash       BYTEA  NOT NULL,
    tries           BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    issued_by       TEXT   NOT NULL,
    FOREIGN KEY (platform, application_id) REFERENCES application (platform, id),
    FOREIGN KEY (platform, issued_by) REFERENCES platform_operator (platform, id)
);

-- What would be sent by telephone or mail; a real sender empties it, the demonstration shows it.
CREATE TABLE outbox (
    id          TEXT   PRIMARY KEY,
    platform    TEXT   NOT NULL,
    channel     TEXT   NOT NULL CHECK (channel IN ('sms', 'mail')),
    recipient   TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE INDEX outbox_list ON outbox (platform, created_at);
