//! Where nodes are reached.

use crate::raft::NodeId;
use std::{fmt, net::SocketAddr, str::FromStr};

/// Where a node is reached, written `127.0.0.1:7002/127.0.0.1:6380`. A configuration has it in this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Where to send messages to it.
    pub peer: SocketAddr,
    /// Where it serves clients.
    pub client: SocketAddr,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Address, String> {
        let parse = || {
            let (peer, client) = text.split_once('/')?;
            Some(Address { peer: peer.parse().ok()?, client: client.parse().ok()? })
        };
        parse().ok_or_else(|| format!("`{text}` is not of the form 127.0.0.1:7002/127.0.0.1:6380"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.peer, self.client)
    }
}

/// Another node and where it is, written `n2=127.0.0.1:7002/127.0.0.1:6380`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub name: NodeId,
    /// Where it is.
    pub address: Address,
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Peer, String> {
        let form = || format!("`{text}` is not of the form n2=127.0.0.1:7002/127.0.0.1:6380");
        let (name, address) = text.split_once('=').ok_or_else(form)?;
        Ok(Peer { name: name.parse()?, address: address.parse().map_err(|_| form())? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peer_is_read_as_it_is_written() {
        let peer: Peer = "n2=127.0.0.1:7002/[::1]:6380".parse().unwrap();
        assert_eq!((peer.name, peer.address.to_string().as_str()), (NodeId(2), "127.0.0.1:7002/[::1]:6380"));
        assert_eq!(peer.address.to_string().parse(), Ok(peer.address));
        for text in ["", "n2", "n2=127.0.0.1:7002", "n2=x/127.0.0.1:1", "n2=127.0.0.1:1/", "m2=127.0.0.1:1/127.0.0.1:2"]
        {
            assert!(text.parse::<Peer>().is_err(), "{text}");
        }
    }
}
