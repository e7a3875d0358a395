//! Nodes without the harness: processes that are started, killed and talked to as an operator would.

use super::whitewater;
use harness::{
    checker::{
        Verdict,
        raft_safety::{judge, parse},
    },
    cluster::Port,
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tries until there is a result.
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Where nobody listens, and nobody else will until this process ends, be it another test, of this program or of another.
pub fn free_address() -> SocketAddr {
    let port = Port::reserve().expect("a port");
    let address = port.address();
    std::mem::forget(port);
    address
}

/// A node, running or not. It ends with the test.
pub struct Node {
    pub name: String,
    pub peer: SocketAddr,
    pub client: SocketAddr,
    folder: PathBuf,
    options: Vec<String>,
    process: Option<Child>,
}

impl Node {
    /// A node with a number that is not running yet, and is reached where nobody else is.
    pub fn new(number: usize, folder: &Path) -> Node {
        let (name, process, options) = (format!("n{number}"), None, Vec::new());
        Node { folder: folder.join(&name), name, peer: free_address(), client: free_address(), options, process }
    }

    /// Makes these nodes know each other.
    pub fn founders(count: usize, folder: &Path, options: &str) -> Vec<Node> {
        let mut nodes: Vec<Node> = (1..=count).map(|number| Node::new(number, folder)).collect();
        let peers: Vec<String> = nodes.iter().map(Node::as_peer).collect();
        for (number, node) in nodes.iter_mut().enumerate() {
            let others = peers.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, peer)| peer.as_str());
            node.set_options(others, options);
        }
        nodes
    }

    pub fn set_options<'a>(&mut self, peers: impl IntoIterator<Item = &'a str>, options: &str) {
        let peers = peers.into_iter().flat_map(|peer| ["--peer", peer]);
        self.options = peers.chain(options.split_whitespace()).map(str::to_owned).collect();
    }

    /// Adds options to what it is started with.
    pub fn add_options(&mut self, options: &str) {
        self.options.extend(options.split_whitespace().map(str::to_owned));
    }

    /// Changes an option's value.
    pub fn replace_option(&mut self, from: &str, to: &str) {
        let option = self.options.iter_mut().find(|option| *option == from).expect("it has the option");
        to.clone_into(option);
    }

    pub fn as_peer(&self) -> String {
        format!("{}={}/{}", self.name, self.peer, self.client)
    }

    pub fn start(&mut self) {
        std::fs::create_dir_all(&self.folder).unwrap();
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
        let mut command = whitewater();
        command.args(["node", "--name", &self.name]).args(&self.options);
        command.args(["--listen", &self.peer.to_string(), "--client", &self.client.to_string()]);
        command.arg("--data").arg(self.folder.join("data")).arg("--trace").arg(self.trace());
        self.process = Some(command.stdin(Stdio::null()).stderr(log).spawn().expect("the node starts"));
    }

    /// Ends it as a power failure would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Waits until it ends by itself, and returns its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.process.take().expect("it runs").wait().expect("it ends").code()
    }

    pub fn trace(&self) -> PathBuf {
        self.folder.join("trace.jsonl")
    }

    /// Loses its data directory, or gets another node's.
    pub fn replace_data(&self, with: Option<&Node>) {
        std::fs::remove_dir_all(self.data()).unwrap();
        if let Some(other) = with {
            std::fs::create_dir(self.data()).unwrap();
            for file in std::fs::read_dir(other.data()).unwrap().flatten() {
                std::fs::copy(file.path(), self.data().join(file.file_name())).unwrap();
            }
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Asks it once. `None` if it does not answer.
    pub fn ask(&self, words: &[&str]) -> Option<Reply> {
        Client::connect(self.client)?.ask(words)
    }

    /// A field of `RAFT STATUS`; empty if it does not answer.
    pub fn status(&self, field: &str) -> String {
        let Some(Reply::Array(fields)) = self.ask(&["RAFT", "STATUS"]) else { return String::new() };
        let value = fields.chunks(2).find(|pair| pair[0] == Reply::text(field)).map(|pair| pair[1].clone());
        match value {
            Some(Reply::Text(value)) => value,
            other => panic!("{field}: {other:?}"),
        }
    }

    pub fn number(&self, field: &str) -> u64 {
        self.status(field).parse().unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.name, self.log());
        }
    }
}

/// The node that says that it leads.
pub fn leader(nodes: &[Node]) -> &Node {
    eventually("a leader", || nodes.iter().find(|node| node.status("role") == "leader"))
}

/// Asks whichever node leads, again and again until it is known to be done. A request that is not safe to repeat needs a session.
pub fn ask_leader(nodes: &[Node], words: &[&str]) -> Reply {
    let is_transient = |reply: &Reply| match reply {
        Reply::Error(line) => {
            let word = line.split(' ').next().unwrap_or_default();
            ["MOVED", "CLUSTERDOWN", "UNKNOWN"].contains(&word) || line.ends_with("; try again")
        }
        _ => false,
    };
    eventually(&words.join(" "), || nodes.iter().filter_map(|node| node.ask(words)).find(|reply| !is_transient(reply)))
}

/// Ends these nodes and lets what they say of themselves be judged.
pub fn assert_safe(mut nodes: Vec<Node>) {
    nodes.iter_mut().for_each(Node::kill);
    let trace = |node: &Node| parse(&node.name, &std::fs::read_to_string(node.trace()).unwrap());
    let traces: Vec<_> = nodes.iter().map(trace).collect();
    let names: Vec<_> = nodes.iter().map(|node| node.name.clone()).collect();
    let result = judge(&traces, &names, 0);
    assert_eq!(result.verdict, Verdict::Valid, "{}", result.summary);
}

/// A connection.
pub struct Client(BufReader<TcpStream>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    Error(String),
    Integer(i64),
    Array(Vec<Reply>),
    Nil,
}

impl Reply {
    pub fn text(text: &str) -> Reply {
        Reply::Text(text.to_owned())
    }
}

impl Client {
    pub fn connect(address: SocketAddr) -> Option<Client> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        Some(Client(BufReader::new(stream)))
    }

    /// To a node that has just been started.
    pub fn connect_eventually(address: SocketAddr) -> Client {
        eventually("a connection", || Client::connect(address))
    }

    pub fn ask(&mut self, words: &[&str]) -> Option<Reply> {
        self.send(words)?;
        self.receive()
    }

    pub fn send(&mut self, words: &[&str]) -> Option<()> {
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.0.get_mut().write_all(request.as_bytes()).ok()
    }

    pub fn receive(&mut self) -> Option<Reply> {
        let mut line = String::new();
        self.0.read_line(&mut line).ok()?;
        let (kind, rest) = line.trim_end().split_at_checked(1)?;
        Some(match (kind, rest) {
            ("+", text) => Reply::text(text),
            ("-", text) => Reply::Error(text.to_owned()),
            (":", number) => Reply::Integer(number.parse().ok()?),
            ("$" | "*", "-1") => Reply::Nil,
            ("$", length) => {
                let mut bytes = vec![0; length.parse::<usize>().ok()? + 2];
                self.0.read_exact(&mut bytes).ok()?;
                bytes.truncate(bytes.len() - 2);
                Reply::Text(String::from_utf8(bytes).ok()?)
            }
            ("*", count) => {
                Reply::Array((0..count.parse::<usize>().ok()?).map(|_| self.receive()).collect::<Option<_>>()?)
            }
            _ => panic!("{line:?} is no reply"),
        })
    }
}
