//! Every SQL statement is a constant, and every constant stands in one list, so that a test can prepare all of them
//! on both engines.

/// A statement with the name of its constant.
pub type Named = (&'static str, &'static str);

/// Declares the statements of a module, and its list of them.
#[macro_export]
#[doc(hidden)]
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: &str = $sql;)+
        /// The statements of this module.
        pub(crate) const STATEMENTS: &[$crate::statements::Named] = &[$((stringify!($name), $name)),+];
    };
}

/// All statements of the crate.
pub fn all() -> impl Iterator<Item = Named> {
    [
        crate::transaction::STATEMENTS,
        crate::accounts::STATEMENTS,
        crate::accounts::departments::STATEMENTS,
        crate::accounts::devices::STATEMENTS,
        crate::accounts::invitations::STATEMENTS,
        crate::accounts::people::STATEMENTS,
        crate::accounts::phone_codes::STATEMENTS,
        crate::accounts::preferences::STATEMENTS,
        crate::sessions::STATEMENTS,
        crate::passwords::STATEMENTS,
        crate::nonces::STATEMENTS,
        crate::bindings::STATEMENTS,
        crate::bindings::chain::STATEMENTS,
        crate::bindings::forced::STATEMENTS,
        crate::bindings::lists::STATEMENTS,
        crate::organisations::STATEMENTS,
        crate::organisations::papers::STATEMENTS,
        crate::organisations::requests::STATEMENTS,
        crate::seals::STATEMENTS,
        crate::seals::applications::STATEMENTS,
        crate::seals::objects::STATEMENTS,
        crate::seals::uses::STATEMENTS,
        crate::regions::STATEMENTS,
        crate::operators::second_factor::STATEMENTS,
        crate::revocation::STATEMENTS,
        crate::audit::STATEMENTS,
        crate::documents::STATEMENTS,
        crate::documents::sealings::STATEMENTS,
        crate::documents::verifications::STATEMENTS,
        crate::authorities::STATEMENTS,
        crate::status::STATEMENTS,
        crate::operators::STATEMENTS,
        crate::orders::STATEMENTS,
        crate::packages::STATEMENTS,
        crate::enquiries::STATEMENTS,
        crate::deadlines::STATEMENTS,
        crate::jobs::STATEMENTS,
        crate::key_management::STATEMENTS,
        crate::notices::STATEMENTS,
        crate::tickets::STATEMENTS,
        crate::tickets::canned::STATEMENTS,
        crate::tickets::pictures::STATEMENTS,
        crate::tickets::replies::STATEMENTS,
        crate::tickets::statistics::STATEMENTS,
        crate::applications::STATEMENTS,
        crate::applications::disturbed::STATEMENTS,
        crate::applications::waiting::STATEMENTS,
        crate::applications::lists::STATEMENTS,
        crate::applications::materials::STATEMENTS,
        crate::applications::payments::STATEMENTS,
        crate::applications::productions::STATEMENTS,
        crate::applications::codes::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
