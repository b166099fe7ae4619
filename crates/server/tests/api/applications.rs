//! 申领 over HTTP: whole journeys for both payment orders, and everything that is refused on the way.

mod desks;
mod ends;
mod journeys;
mod later;
mod money;
mod progress;
mod reminders;
