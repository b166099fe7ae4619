-- A signature with several seals in many places, and the last seal of a document.

-- [{seal, page, um: [x, y, width, height], clip?: [x, y, width, height]}] as JSON: micrometres from the top left
-- corner of the page as displayed, shares of the picture. Old rows have one place: page, x_um, y_um.
ALTER TABLE sealing ADD COLUMN places TEXT;
ALTER TABLE sealing ADD COLUMN last_seal BIGINT NOT NULL DEFAULT 0 CHECK (last_seal IN (0, 1));
ALTER TABLE sealing ADD COLUMN note TEXT;

-- Which seals a signature puts on: what the record of a seal's use is read from. Old rows have one, in sealing.
CREATE TABLE sealing_seal (
    platform         TEXT   NOT NULL,
    sealing_id       TEXT   NOT NULL,
    seal_id          TEXT   NOT NULL,
    position         BIGINT NOT NULL CHECK (position >= 0),
    PRIMARY KEY (sealing_id, seal_id),
    UNIQUE (sealing_id, position),
    FOREIGN KEY (platform, sealing_id) REFERENCES sealing (platform, id),
    FOREIGN KEY (platform, seal_id) REFERENCES seal (platform, id)
);
CREATE INDEX sealing_seal_seal ON sealing_seal (seal_id);
