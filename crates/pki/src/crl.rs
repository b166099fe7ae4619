//! Revocation lists (RFC 5280 §5).
