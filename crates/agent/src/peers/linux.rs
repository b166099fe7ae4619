//! Linux: the row of `/proc/net/tcp` whose local address is the peer's and whose remote address is ours carries the
//! user id of the socket's owner.

use std::io;
use std::net::SocketAddrV4;

/// A user id.
pub type User = u32;

/// The user of this process.
///
/// # Errors
/// None.
pub fn own_user() -> io::Result<User> {
    Ok(rustix::process::geteuid().as_raw())
}

/// The user who holds the peer's end of a loopback connection.
///
/// # Errors
/// What the system says of its table.
pub fn user_of(peer: SocketAddrV4, local: SocketAddrV4) -> io::Result<Option<User>> {
    if let Some(user) = owner_in(
        &std::fs::read_to_string("/proc/net/tcp")?,
        &hex_v4(peer),
        &hex_v4(local),
    ) {
        return Ok(Some(user));
    }
    // A program with IPv6 sockets reaches 127.0.0.1 through a mapped address.
    let table = std::fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    Ok(owner_in(&table, &hex_mapped(peer), &hex_mapped(local)))
}

/// The user id in the row of an established or closing connection from `peer` to `local`.
fn owner_in(table: &str, peer: &str, local: &str) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (own, remote) = (fields.nth(1)?, fields.next()?);
        // st, tx_queue:rx_queue, tr:tm->when, retrnsmt, uid
        let user = fields.nth(4)?;
        (own.eq_ignore_ascii_case(peer) && remote.eq_ignore_ascii_case(local))
            .then(|| user.parse().ok())?
    })
}

/// `0100007F:4E20`: the address as the machine's word, the port as a number.
fn hex_v4(address: SocketAddrV4) -> String {
    format!(
        "{:08X}:{:04X}",
        u32::from_ne_bytes(address.ip().octets()),
        address.port()
    )
}

/// The same behind the prefix of IPv4-mapped addresses, four words in the machine's order.
fn hex_mapped(address: SocketAddrV4) -> String {
    let prefix = u32::from_ne_bytes([0, 0, 0xFF, 0xFF]);
    format!("{:08X}{:08X}{prefix:08X}{}", 0, 0, hex_v4(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:44B6 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 100 1
   1: 0100007F:C350 0100007F:44B6 01 00000000:00000000 00:00000000 00000000  1001        0 101 1
   2: 0100007F:44B6 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 102 1
";

    fn loopback(port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, port)
    }

    #[test]
    fn the_owner_is_the_one_of_the_peers_end_and_not_of_ours() {
        let owner = owner_in(TABLE, &hex_v4(loopback(0xC350)), &hex_v4(loopback(0x44B6)));
        assert_eq!(owner, Some(1001));
    }

    #[test]
    fn a_connection_that_is_not_in_the_table_has_no_owner() {
        assert_eq!(
            owner_in(TABLE, &hex_v4(loopback(9)), &hex_v4(loopback(0x44B6))),
            None
        );
        assert_eq!(owner_in("", "", ""), None);
    }
}
