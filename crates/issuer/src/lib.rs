//! The certification authority as a machine without I/O.
