//! Providers, channels, identity maps and quirks as data, and the rules over them.
