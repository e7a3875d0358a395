//! A RESP server that does as a test tells it.

use harness::client::{Endpoint, Reply, ReplyReader};
use std::sync::{Arc, Mutex};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What to do with a request.
pub enum Act {
    /// Send these bytes.
    Send(Vec<u8>),
    /// Send these bytes and close the connection.
    SendAndClose(Vec<u8>),
    /// Say nothing.
    Silence,
    /// Send these bytes again and again.
    Flood(Vec<u8>),
}

/// Sends a text.
pub fn send(text: impl Into<String>) -> Act {
    Act::Send(text.into().into_bytes())
}

/// A place for a server, so that its address can be known before it serves.
pub struct Place {
    listener: TcpListener,
    pub endpoint: Endpoint,
}

/// So many places: `n1`, `n2`, …
pub async fn places(count: usize) -> Vec<Place> {
    let mut places = Vec::new();
    for number in 1..=count {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        places.push(Place { listener, endpoint: Endpoint { name: format!("n{number}"), address } });
    }
    places
}

/// How clients know them.
pub fn endpoints(places: &[Place]) -> Arc<[Endpoint]> {
    places.iter().map(|place| place.endpoint.clone()).collect()
}

/// The requests that a server has received, words joined with spaces.
pub type Requests = Arc<Mutex<Vec<String>>>;

impl Place {
    /// Serves here for the rest of the test: `act` decides on each request.
    pub fn serve(self, act: impl Fn(&[String]) -> Act + Send + Sync + 'static) -> Requests {
        let (requests, act) = (Requests::default(), Arc::new(act));
        let log = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&log), Arc::clone(&act)));
            }
        });
        requests
    }
}

async fn converse(mut stream: TcpStream, log: Requests, act: Arc<impl Fn(&[String]) -> Act>) {
    // A request has the form of a reply: an array of bulk strings.
    let (mut reader, mut bytes) = (ReplyReader::default(), [0; 1024]);
    loop {
        while let Some(request) = reader.take().expect("clients speak RESP") {
            let words = words(request);
            log.lock().expect("no panic").push(words.join(" "));
            match act(&words) {
                Act::Send(bytes) => drop(stream.write_all(&bytes).await),
                Act::SendAndClose(bytes) => return drop(stream.write_all(&bytes).await),
                Act::Silence => {}
                Act::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            }
        }
        match stream.read(&mut bytes).await {
            Ok(count) if count > 0 => reader.push(&bytes[..count]),
            _ => return,
        }
    }
}

fn words(request: Reply) -> Vec<String> {
    let Reply::Array(words) = request else { panic!("not a request: {request:?}") };
    let word = |word| match word {
        Reply::Bulk(bytes) => String::from_utf8(bytes).expect("text"),
        other => panic!("not a word: {other:?}"),
    };
    words.into_iter().map(word).collect()
}
