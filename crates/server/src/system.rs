//! The system's clock and generator: the only places where the program reads either.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Clock, Randomness, Timestamp};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the wiring's one reading of the clock"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) {
        // Without randomness no nonce and no session may be made: ending the process is the safe answer.
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}
