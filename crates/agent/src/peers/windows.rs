//! Windows: the table of connections names the process at the peer's end, and that process its user.

use std::io;
use std::net::SocketAddrV4;

pub use token::system::windows::User;

/// The user of this process.
///
/// # Errors
/// What the system says.
pub fn own_user() -> io::Result<User> {
    User::own()
}

/// The user who holds the peer's end of a loopback connection.
///
/// # Errors
/// What the system says; it refuses to tell of another user's process.
pub fn user_of(peer: SocketAddrV4, local: SocketAddrV4) -> io::Result<Option<User>> {
    User::of_connection(peer, local)
}
