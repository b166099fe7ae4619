//! Keys, algorithms, certificates, paths, revocation and CMS: pure, no I/O, no clock.
