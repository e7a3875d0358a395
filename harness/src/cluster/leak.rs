//! Whether nodes talk to each other past their proxies. Then a cut would cut nothing, and no verdict that rests on it would count.
//!
//! The kernel lists all TCP sockets (`/proc/net/tcp`), and which of them a process holds (`/proc/PID/fd`). A node that holds a
//! socket whose other end is where another node listens is connected to it directly: the proxies dial from this process.

use crate::history::Link;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
};

/// A node to be looked at.
pub(super) struct Suspect<'a> {
    pub name: &'a str,
    /// Its process, if it has one.
    pub pid: Option<u32>,
    /// Where it listens.
    pub addresses: [SocketAddr; 2],
}

/// The nodes that are connected directly at this moment. A process that ends meanwhile holds nothing.
pub(super) fn find(suspects: &[Suspect<'_>]) -> io::Result<BTreeSet<Link>> {
    let sockets = established(&fs::read_to_string("/proc/net/tcp")?);
    let mut leaks = BTreeSet::new();
    for from in suspects {
        let Some(pid) = from.pid else { continue };
        for inode in inodes(pid) {
            let Some(remote) = sockets.get(&inode) else { continue };
            let to = suspects.iter().find(|to| to.name != from.name && to.addresses.contains(remote));
            leaks.extend(to.map(|to| Link { from: from.name.to_owned(), to: to.name.to_owned() }));
        }
    }
    Ok(leaks)
}

/// The other end of each connection that is established, by the inode of its socket.
fn established(table: &str) -> BTreeMap<u64, SocketAddr> {
    const ESTABLISHED: &str = "01";
    let connection = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let (remote, state, inode) = (fields.get(2)?, fields.get(3)?, fields.get(9)?);
        (*state == ESTABLISHED).then_some((inode.parse().ok()?, address(remote)?))
    };
    table.lines().skip(1).filter_map(connection).collect()
}

/// `0100007F:1F90`: the address as the machine's own integer, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let ip = Ipv4Addr::from(u32::from_str_radix(ip, 16).ok()?.to_ne_bytes());
    Some(SocketAddrV4::new(ip, u16::from_str_radix(port, 16).ok()?).into())
}

fn inodes(pid: u32) -> Vec<u64> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let targets = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    targets.filter_map(|target| target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn connection_is_seen_while_it_lasts_from_the_side_that_dialled() {
        let pid = Some(std::process::id());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let nowhere = "127.0.0.1:1".parse().expect("an address");
        let suspects = [
            Suspect { name: "n1", pid, addresses: [nowhere, nowhere] },
            Suspect { name: "n2", pid: None, addresses: [nowhere, address] },
        ];
        let found = || find(&suspects).expect("a list of sockets").into_iter().map(|link| link.to_string());
        assert_eq!(found().count(), 0, "who listens is not connected");
        let stream = TcpStream::connect(address).expect("a connection");
        assert!(found().eq(["n1→n2"]));
        drop(stream);
        assert_eq!(found().count(), 0);
    }
}
