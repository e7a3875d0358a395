//! A port that belongs to a node for the whole run, also while the node is dead.
//!
//! Were it merely found free, somebody else's connection might be given it while the node is down, and the node could not
//! come back. So we keep a socket bound to it that never listens. Linux lets a second socket bind and listen there, as long
//! as both have SO_REUSEADDR and none listened before (a server has it, or could not restart at all), but never picks such a
//! port for anybody who asks for any port.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::net::TcpSocket;

/// A reserved port of the loopback address.
pub struct Port {
    address: SocketAddr,
    _socket: TcpSocket,
}

impl Port {
    /// Reserves a free one, until it is dropped.
    ///
    /// # Errors
    /// If the system has none left, or no socket.
    pub fn reserve() -> io::Result<Port> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        Ok(Port { address: socket.local_addr()?, _socket: socket })
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    #[tokio::test]
    async fn a_server_can_listen_and_listen_again_on_a_reserved_port() {
        let port = Port::reserve().expect("a port");
        assert!(TcpStream::connect(port.address()).await.is_err(), "nobody listens on a port that is only reserved");
        for _ in 0..3 {
            // Sets SO_REUSEADDR, as servers do.
            let listener = TcpListener::bind(port.address()).await.expect("the port is the server's");
            let (client, server) = tokio::join!(TcpStream::connect(port.address()), listener.accept());
            let (mut client, mut server) = (client.expect("connected"), server.expect("accepted").0);
            client.write_all(b"hello").await.expect("sent");
            let mut heard = [0; 5];
            server.read_exact(&mut heard).await.expect("heard");
            assert_eq!(&heard, b"hello");
            // The server's side closes first, so that it is the one to linger in TIME_WAIT.
            drop((server, listener));
            drop(client);
        }
    }

    #[tokio::test]
    async fn nobody_else_is_given_a_reserved_port() {
        let port = Port::reserve().expect("a port");
        let strict = TcpSocket::new_v4().expect("a socket");
        let refused = strict.bind(port.address()).expect_err("taken, for whoever does not say that he shares");
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
        // So many that a port would come up twice, were the kernel free to give it twice.
        let others: Vec<Port> = (0..2000).map_while(|_| Port::reserve().ok()).collect();
        let mut addresses: Vec<SocketAddr> = others.iter().chain([&port]).map(Port::address).collect();
        addresses.sort();
        assert!(others.len() > 100 && addresses.windows(2).all(|pair| pair[0] != pair[1]));
        // Nor does a connection get one for its own end, though they ask in another way.
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        for _ in 0..500 {
            let address = listener.local_addr().expect("an address");
            let (client, _) = tokio::join!(TcpStream::connect(address), listener.accept());
            let own = client.expect("connected").local_addr().expect("an address");
            assert!(addresses.binary_search(&own).is_err(), "{own} was reserved");
        }
    }
}
