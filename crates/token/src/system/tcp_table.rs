//! The tables of `GetExtendedTcpTable`, read as the 32-bit words that they are made of.
//!
//! Sources: `MIB_TCPTABLE_OWNER_PID`, `MIB_TCPROW_OWNER_PID`, `MIB_TCP6TABLE_OWNER_PID`, `MIB_TCP6ROW_OWNER_PID` of
//! the Windows SDK (`tcpmib.h`). Addresses stand in network order; of a port's word the low 16 bits count, in
//! network order too.

use std::net::{Ipv4Addr, SocketAddrV4};

/// Words of a row for IPv4: state, own address, own port, remote address, remote port, process.
const ROW_V4: usize = 6;
/// Words of a row for IPv6: own address (4), scope, port, remote address (4), scope, port, state, process.
const ROW_V6: usize = 14;
/// The third word of an IPv4-mapped address, before the IPv4 address itself.
const MAPPED: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// The process at the `own` end of a connection to `remote`, from the table for IPv4.
pub(super) fn process_v4(table: &[u32], own: SocketAddrV4, remote: SocketAddrV4) -> Option<u32> {
    rows::<ROW_V4>(table).find_map(|row| {
        (endpoint(row[1], row[2]) == own && endpoint(row[3], row[4]) == remote).then_some(row[5])
    })
}

/// The same from the table for IPv6: a program with IPv6 sockets reaches 127.0.0.1 through a mapped address.
pub(super) fn process_v6(table: &[u32], own: SocketAddrV4, remote: SocketAddrV4) -> Option<u32> {
    let mapped = |address: &[u32], port: u32, expected: SocketAddrV4| {
        address[..2] == [0, 0]
            && address[2].to_ne_bytes() == MAPPED
            && endpoint(address[3], port) == expected
    };
    rows::<ROW_V6>(table).find_map(|row| {
        (mapped(&row[..4], row[5], own) && mapped(&row[6..10], row[11], remote)).then_some(row[13])
    })
}

/// The rows that the first word counts, as far as the table goes.
fn rows<const WORDS: usize>(table: &[u32]) -> impl Iterator<Item = &[u32; WORDS]> {
    let (count, rows) = table.split_first().unwrap_or((&0, &[]));
    rows.as_chunks::<WORDS>().0.iter().take(*count as usize)
}

fn endpoint(address: u32, port: u32) -> SocketAddrV4 {
    let [high, low, ..] = port.to_ne_bytes();
    SocketAddrV4::new(
        Ipv4Addr::from(address.to_ne_bytes()),
        u16::from_be_bytes([high, low]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: u32 = u32::from_ne_bytes([127, 0, 0, 1]);

    fn port(number: u16) -> u32 {
        let [high, low] = number.to_be_bytes();
        // What stands in the upper half is not defined.
        u32::from_ne_bytes([high, low, 0xAA, 0xAA])
    }

    fn loopback(port: u16) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)
    }

    #[test]
    fn the_process_is_the_one_at_the_peers_end_and_not_at_ours() {
        let mut table = vec![2];
        table.extend([5, LOOPBACK, port(17590), LOOPBACK, port(50000), 7]);
        table.extend([5, LOOPBACK, port(50000), LOOPBACK, port(17590), 8]);
        let (peer, ours) = (loopback(50000), loopback(17590));
        assert_eq!(process_v4(&table, peer, ours), Some(8));
        assert_eq!(process_v4(&table, ours, peer), Some(7));
        assert_eq!(process_v4(&table, loopback(1), ours), None);
        table[0] = 1;
        assert_eq!(process_v4(&table, peer, ours), None, "a row past the count");
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address_behind_it() {
        let mapped = u32::from_ne_bytes(MAPPED);
        let mut table = vec![2];
        // The same ports between two addresses that are no IPv4 at all.
        table.extend([1, 0, 0, LOOPBACK, 0, port(50000)]);
        table.extend([1, 0, 0, LOOPBACK, 0, port(17590), 5, 7]);
        table.extend([0, 0, mapped, LOOPBACK, 0, port(50000)]);
        table.extend([0, 0, mapped, LOOPBACK, 0, port(17590), 5, 9]);
        let process = process_v6(&table, loopback(50000), loopback(17590));
        assert_eq!(process, Some(9));
    }

    #[test]
    fn a_table_that_is_cut_short_has_the_rows_that_are_whole() {
        let (peer, ours) = (loopback(1), loopback(2));
        assert_eq!(process_v4(&[], peer, ours), None);
        assert_eq!(process_v6(&[9, 0, 0], peer, ours), None);
    }
}
