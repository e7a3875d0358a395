//! Nodes as an operator runs them: no harness, no proxies, no faults but those that the test makes.

use super::whitewater;
use std::{
    fs::File,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

/// A cluster in a folder of its own. Dropping it kills the nodes.
pub struct Nodes {
    folder: tempfile::TempDir,
    nodes: Vec<Node>,
}

/// One node: `n1` is the first.
pub struct Node {
    pub name: String,
    pub listen: u16,
    pub client: u16,
    pub metrics: u16,
    process: Option<Child>,
}

impl Nodes {
    /// Starts so many nodes, and waits until they have a leader.
    pub fn start(count: usize) -> Nodes {
        let node = |number| Node {
            name: format!("n{number}"),
            listen: free_port(),
            client: free_port(),
            metrics: free_port(),
            process: None,
        };
        let nodes = (1..=count).map(node).collect();
        let mut nodes = Nodes { folder: tempfile::tempdir().expect("a temporary directory"), nodes };
        (0..count).for_each(|node| nodes.spawn(node, &[]));
        nodes.leader();
        nodes
    }

    /// Starts a node that does not run.
    pub fn spawn(&mut self, node: usize, more: &[&str]) {
        let (data, log) = (self.data(node), self.log_file(node));
        let Node { name, listen, client, metrics, .. } = &self.nodes[node];
        let mut command = whitewater();
        command.args(["node", "--name", name, "--data"]).arg(data);
        for (option, port) in [("--listen", listen), ("--client", client), ("--metrics", metrics)] {
            command.args([option, &format!("127.0.0.1:{port}")]);
        }
        for peer in self.nodes.iter().filter(|peer| peer.name != *name) {
            command.args(["--peer", &format!("{}=127.0.0.1:{}/127.0.0.1:{}", peer.name, peer.listen, peer.client)]);
        }
        let log = File::options().create(true).append(true).open(log).expect("the node's log");
        let command = command.args(more).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.nodes[node].process = Some(command.spawn().expect("the program starts"));
    }

    /// A node's data directory.
    pub fn data(&self, node: usize) -> PathBuf {
        self.folder.path().join(&self.nodes[node].name)
    }

    fn log_file(&self, node: usize) -> PathBuf {
        self.folder.path().join(format!("{}.log", self.nodes[node].name))
    }

    /// What a node has written to standard error.
    pub fn log(&self, node: usize) -> String {
        std::fs::read_to_string(self.log_file(node)).unwrap_or_default()
    }

    /// The node with this number, counted from 0.
    pub fn node(&self, node: usize) -> &Node {
        &self.nodes[node]
    }

    /// Kills a node with SIGKILL.
    pub fn kill(&mut self, node: usize) {
        if let Some(mut process) = self.nodes[node].process.take() {
            process.kill().and_then(|()| process.wait()).expect("the node is there to be killed");
        }
    }

    /// Waits for a leader that a majority agrees on, and finds out which node it is.
    pub fn leader(&self) -> usize {
        let mut leader = None;
        wait_for("a leader", || {
            let is_leader = |node: &usize| {
                let status = self.ask(*node, "raft status").unwrap_or_default();
                // Only a leader that leads for certain answers a read.
                status.contains("\r\nleader\r\n$2\r\n")
                    && self.ask(*node, "get k").is_ok_and(|reply| reply.starts_with('$'))
            };
            leader = (0..self.nodes.len()).find(is_leader);
            leader.is_some()
        });
        leader.expect("there is one")
    }

    /// A node's metrics, and the HTTP response's head.
    pub fn metrics(&self, node: usize) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.nodes[node].metrics))?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n")?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        Ok(response)
    }

    /// Sends a line to a node, and returns the reply with what follows it.
    pub fn ask(&self, node: usize, line: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.nodes[node].client))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        stream.write_all(format!("{line}\r\nquit\r\n").as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        Ok(reply.strip_suffix("+OK\r\n").unwrap_or(&reply).to_owned())
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.kill(node));
        if std::thread::panicking() {
            (0..self.nodes.len()).for_each(|node| eprintln!("{}:\n{}", self.nodes[node].name, self.log(node)));
        }
    }
}

/// Waits for something that is bound to come; only a broken program reaches the end of the wait.
pub fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port that nobody listens on, and that the system gives to nobody who asks for any port: those begin at 32768.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + (std::process::id() % 100) as u16 * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 2000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
