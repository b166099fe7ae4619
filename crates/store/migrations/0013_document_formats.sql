-- A document is a PDF or an OFD; what it is, its content said when it was uploaded.
ALTER TABLE document ADD COLUMN format TEXT NOT NULL DEFAULT 'pdf' CHECK (format IN ('pdf', 'ofd'));
