-- Documents, seals and what is prepared, completed or undone on them. Files themselves lie in the object store.

CREATE TABLE document (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('draft', 'sealed', 'published')),
    -- The current revision: object key, its length in bytes and SHA-256 in hex.
    object           TEXT   NOT NULL,
    size             BIGINT NOT NULL,
    sha256           TEXT   NOT NULL,
    -- [{number, width_pt, height_pt, rotation}] as JSON.
    pages            TEXT   NOT NULL,
    page_count       BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    published_at     BIGINT,
    deleted_at       BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id)
);
CREATE INDEX document_organisation ON document (organisation_id, created_at);

CREATE TABLE seal (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    organisation_id  TEXT   NOT NULL,
    name             TEXT   NOT NULL,
    kind             TEXT   NOT NULL,
    width_mm         BIGINT NOT NULL,
    height_mm        BIGINT NOT NULL,
    -- The vector picture as JSON, drawn once so that it never changes under a signature.
    picture          TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    ended_at         BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, organisation_id) REFERENCES organisation (platform, id)
);
CREATE INDEX seal_organisation ON seal (organisation_id);

-- A prepared revision lives here until it is signed or expires: any server can complete it.
CREATE TABLE sealing (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    document_id      TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    seal_id          TEXT   NOT NULL,
    state            TEXT   NOT NULL CHECK (state IN ('prepared', 'completed', 'undone')),
    page             BIGINT NOT NULL,
    -- Top-left of the seal from the top-left of the page as displayed, in micrometres.
    x_um             BIGINT NOT NULL,
    y_um             BIGINT NOT NULL,
    intent           TEXT   NOT NULL,
    -- The revision that it was prepared on.
    base_object      TEXT   NOT NULL,
    base_size        BIGINT NOT NULL,
    base_sha256      TEXT   NOT NULL,
    -- After completion: who signed, with which certificate, what it came to.
    key_number       TEXT,
    certificate      BYTEA,
    grade            TEXT,
    result_object    TEXT,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    completed_at     BIGINT,
    undone_at        BIGINT,
    UNIQUE (platform, id),
    FOREIGN KEY (platform, document_id) REFERENCES document (platform, id),
    FOREIGN KEY (platform, account_id) REFERENCES account (platform, id),
    FOREIGN KEY (platform, seal_id) REFERENCES seal (platform, id)
);
CREATE INDEX sealing_document ON sealing (document_id, created_at);

-- The appended bytes for each family of keys that may sign; at most 2 MiB each.
CREATE TABLE sealing_variant (
    sealing_id       TEXT   NOT NULL,
    platform         TEXT   NOT NULL,
    family           TEXT   NOT NULL CHECK (family IN ('sm2', 'rsa', 'p256')),
    sub_filter       TEXT   NOT NULL,
    hash             TEXT   NOT NULL,
    digest           BYTEA  NOT NULL,
    tail             BYTEA  NOT NULL,
    original_length  BIGINT NOT NULL,
    PRIMARY KEY (sealing_id, family),
    FOREIGN KEY (platform, sealing_id) REFERENCES sealing (platform, id)
);

-- The verification report of a document's revision, by the revision's SHA-256.
CREATE TABLE verification (
    id               TEXT   PRIMARY KEY,
    platform         TEXT   NOT NULL,
    document_id      TEXT   NOT NULL,
    sha256           TEXT   NOT NULL,
    report           TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    FOREIGN KEY (platform, document_id) REFERENCES document (platform, id)
);
CREATE INDEX verification_document ON verification (document_id, created_at);
