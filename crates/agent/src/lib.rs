//! The desktop client: loopback origin, consent, PIN, command line.
