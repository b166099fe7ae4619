//! Path validation (RFC 5280 §6).
