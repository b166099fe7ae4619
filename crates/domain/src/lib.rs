//! Accounts, bindings, login and documents as policies and state machines: pure.
