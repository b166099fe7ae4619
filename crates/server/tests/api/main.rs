//! The HTTP API, tried on both databases with a movable clock, seeded randomness and a database for each test.

mod applications;
mod binding;
mod binding_rules;
mod ca_process;
mod ca_role;
mod ceremony;
mod check;
mod command;
mod documents;
mod downloads;
mod edge;
mod every_provider;
mod harness;
mod key_checks;
mod login;
mod organisations;
mod password;
mod people;
mod race;
mod registration;
mod reminders;
mod revocation;
mod rules;
mod sealing;
mod status;
mod verification;
