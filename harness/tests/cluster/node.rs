//! A node to do things to: this test program itself, started again as a process that tells its status to whoever connects
//! to its client port, and sends a message to each of its peers all the time.

use harness::{
    system::{BoxFuture, NodeSpec, NodeStatus, System},
    test::Test,
};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::Command,
    thread,
    time::Duration,
};
use tokio::io::AsyncReadExt;

/// Says that this program is to be a node, and which.
const NAME: &str = "WHITEWATER_TEST_NODE";

/// What is odd about the nodes.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Oddity {
    #[default]
    None,
    /// They say something and exit.
    ExitsAtOnce,
    /// They do not care for SIGTERM.
    IgnoresSigterm,
    /// They have nothing to send to their peers.
    IsSilent,
}

/// A system of such nodes. `leader` says that it leads.
#[derive(Default)]
pub struct TestSystem {
    pub leader: Option<&'static str>,
    pub oddity: Oddity,
}

impl System for TestSystem {
    fn name(&self) -> &'static str {
        "test"
    }

    fn summary(&self) -> &'static str {
        "nodes that do nothing but send"
    }

    fn command(&self, _: &Test, node: &NodeSpec) -> Command {
        let program = std::env::current_exe().expect("the name of this program");
        let mut command = if self.oddity == Oddity::IgnoresSigterm {
            // What a shell ignores, the program that takes its place ignores too.
            let mut shell = Command::new("sh");
            shell.args(["-c", "trap '' TERM; exec \"$0\" \"$@\""]).arg(program);
            shell
        } else {
            Command::new(program)
        };
        let peers: Vec<String> = node.peers.iter().map(|peer| peer.address.to_string()).collect();
        let role = if self.leader == Some(node.name.as_str()) { "leader" } else { "follower" };
        command.args(["node::node_process", "--exact", "--nocapture", "--test-threads=1"]);
        command.env(NAME, &node.name).env("NODE_ROLE", role).env("NODE_LISTEN", node.listen.to_string());
        command.env("NODE_CLIENT", node.client.to_string());
        match self.oddity {
            Oddity::ExitsAtOnce => command.env("NODE_EXIT", "3"),
            Oddity::IsSilent => command.env("NODE_PEERS", ""),
            _ => command.env("NODE_PEERS", peers.join(" ")),
        };
        command
    }

    fn status(&self, client: SocketAddr, _: Duration) -> BoxFuture<'static, io::Result<NodeStatus>> {
        Box::pin(async move {
            let mut role = String::new();
            tokio::net::TcpStream::connect(client).await?.read_to_string(&mut role).await?;
            Ok(NodeStatus { role, term: 1, ..NodeStatus::default() })
        })
    }
}

/// A test of such nodes.
pub fn test(nodes: usize, nemesis: &[&str]) -> Test {
    Test {
        version: 1,
        system: "test".to_owned(),
        workload: "none".to_owned(),
        nemesis: nemesis.iter().map(|name| (*name).to_owned()).collect(),
        nodes,
        concurrency: 1,
        rate: None,
        time_limit_ms: 1000,
        operation_timeout_ms: 1000,
        swarm: false,
        nemesis_interval_ms: 1000,
        nemesis_duration_ms: None,
        nemesis_intensity: None,
        beyond_contract: false,
        leave_broken: false,
        fail_fast: false,
        recovery_ms: 1000,
        election_timeout_ms_min: 150,
        election_timeout_ms_max: 300,
        heartbeat_ms: 50,
        snapshot_bytes: None,
        reads: None,
        elections_max: None,
        seed: 1,
        bugs: Vec::new(),
        out: PathBuf::new(),
        program: PathBuf::new(),
        program_version: String::new(),
        reproduce: String::new(),
        host: String::new(),
    }
}

/// Not a test, but what a node does, when this program is started as one.
#[test]
fn node_process() {
    let Ok(name) = std::env::var(NAME) else { return };
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    eprintln!("{name} begins");
    if !variable("NODE_EXIT").is_empty() {
        eprintln!("{name} has no wish to live");
        std::process::exit(3);
    }
    let peers = TcpListener::bind(variable("NODE_LISTEN")).expect("the port for peers");
    thread::spawn(move || {
        for stream in peers.incoming().flatten() {
            thread::spawn(move || io::copy(&mut { stream }, &mut io::sink()));
        }
    });
    for peer in variable("NODE_PEERS").split_whitespace().map(str::to_owned) {
        thread::spawn(move || send_forever(&peer));
    }
    let clients = TcpListener::bind(variable("NODE_CLIENT")).expect("the port for clients");
    for mut stream in clients.incoming().flatten() {
        // Who asked may have given up.
        let _ = stream.write_all(variable("NODE_ROLE").as_bytes());
    }
}

fn send_forever(peer: &str) {
    let mut frame = 4u32.to_le_bytes().to_vec();
    frame.extend(crc32c::crc32c(b"ping").to_le_bytes());
    frame.extend(b"ping");
    loop {
        if let Ok(mut stream) = TcpStream::connect(peer) {
            stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a timeout");
            while stream.write_all(&frame).is_ok() {
                // Doubles as the pause between two messages.
                if let Ok(0) = stream.read(&mut [0]) {
                    break;
                }
            }
        }
        thread::sleep(Duration::from_millis(2));
    }
}
