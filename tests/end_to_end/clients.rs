//! Clients that others wrote: Redis' own command line and benchmark, and the package `redis` of Python.

use super::{
    alone,
    nodes::{Node, Reply, ask_leader, eventually, free_address, leader},
    stderr, stdout,
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
};

/// Runs a program of somebody else. There is no test without it.
fn run(program: &str, debian: &str, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| match error.kind() {
        ErrorKind::NotFound => panic!("{program} is not on the PATH; Debian: apt-get install {debian}"),
        _ => panic!("{program} does not start: {error}"),
    });
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    // One that does not read its input has its reasons; they are in what it says.
    let _ = writer.join();
    output
}

fn redis_cli(port: u16, arguments: &[&str], input: &str) -> String {
    let output = run("redis-cli", "redis-tools", &[&["-p", &port.to_string()], arguments].concat(), input);
    assert!(output.status.success(), "redis-cli {arguments:?}: {}{}", stdout(&output), stderr(&output));
    stdout(&output)
}

/// A cluster of three, with a leader that has committed something.
fn three(folder: &Path) -> Vec<Node> {
    let mut nodes = Node::founders(3, folder, "");
    nodes.iter_mut().for_each(Node::start);
    assert_eq!(ask_leader(&nodes, &["DEL", "k"]), Reply::Integer(0));
    nodes
}

/// The client ports of the leader, and of a follower.
fn ports(nodes: &[Node]) -> [u16; 2] {
    let leader = leader(nodes);
    let follower = nodes.iter().find(|node| node.name != leader.name).expect("there are three");
    [leader, follower].map(|node| node.client.port())
}

#[test]
fn redis_cli_is_served_and_redirected() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let nodes = three(folder.path());
    let [leader, follower] = ports(&nodes);
    assert_eq!(redis_cli(leader, &["set", "k", "v"], ""), "OK\n");
    assert_eq!(redis_cli(leader, &["incr", "n"], ""), "1\n");
    assert_eq!(redis_cli(follower, &["get", "k"], "").trim_end(), format!("MOVED 0 127.0.0.1:{leader}"));
    // As a client of Redis Cluster it goes there by itself.
    assert_eq!(redis_cli(follower, &["-c", "get", "k"], ""), "v\n");
    let replies = redis_cli(leader, &[], "multi\nset k w\nget k\nexec\nget k\n");
    assert_eq!(replies, "OK\nQUEUED\nQUEUED\nOK\nw\nw\n");
    let requests: String = (0..10_000).map(|key| format!("SET key:{key} {key}\r\n")).collect();
    let piped = redis_cli(leader, &["--pipe"], &requests);
    assert!(piped.ends_with("errors: 0, replies: 10000\n"), "{piped}");
    assert_eq!(redis_cli(leader, &["dbsize"], ""), "10002\n");
    assert!(redis_cli(leader, &["info"], "").contains("raft_role:leader"));
}

#[test]
fn redis_benchmark_runs_what_is_served() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let nodes = three(folder.path());
    let port = ports(&nodes)[0].to_string();
    let tests = "ping_inline,ping_mbulk,set,get,incr,lpush,rpush,lpop,rpop,sadd,lrange_100,mset";
    let arguments = ["-p", &port, "-t", tests, "-n", "2000", "-c", "20", "-P", "8", "-r", "100", "-d", "100", "--csv"];
    let output = run("redis-benchmark", "redis-tools", &arguments, "");
    let (results, errors) = (stdout(&output), stderr(&output));
    assert!(output.status.success() && !errors.contains("rror"), "{results}{errors}");
    for test in ["PING_INLINE", "SET", "GET", "INCR", "LPUSH", "RPOP", "SADD", "LRANGE_100", "MSET"] {
        assert!(results.contains(&format!("\"{test}")), "{test}: {results}");
    }
}

#[test]
fn python_package_redis_is_served() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let nodes = three(folder.path());
    // Debian's interpreter has Debian's packages; another one that comes first on the PATH may not.
    let has_redis = |python: &&str| {
        Command::new(python).args(["-c", "import redis"]).output().is_ok_and(|output| output.status.success())
    };
    let python = ["/usr/bin/python3", "python3"].into_iter().find(has_redis);
    let python = python.expect("no python3 here has the package redis; Debian: apt-get install python3-redis");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/clients.py");
    let ports = ports(&nodes).map(|port| port.to_string());
    let output = run(python, "python3", &[script, &ports[0], &ports[1]], "");
    assert_eq!(stdout(&output), "all is well\n", "{}", stderr(&output));
}

/// A page of metrics, without the head of the response.
fn scrape(address: SocketAddr) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n").ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).ok()?;
    let (head, page) = response.split_once("\r\n\r\n").expect("a head and a page");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    Some(page.to_owned())
}

#[test]
fn every_node_has_metrics() {
    let (_alone, folder) = (alone(), tempfile::tempdir().unwrap());
    let mut nodes = Node::founders(3, folder.path(), "");
    let addresses: Vec<SocketAddr> = nodes.iter().map(|_| free_address()).collect();
    for (node, address) in nodes.iter_mut().zip(&addresses) {
        node.add_options(&format!("--metrics {address}"));
        node.start();
    }
    let metric = |node: usize, name: &str| -> f64 {
        let page = eventually("a page of metrics", || scrape(addresses[node]));
        let line = page.lines().find(|line| line.starts_with(&format!("whitewater_{name} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no {name}: {page}"))
    };
    for _ in 0..5 {
        assert_eq!(ask_leader(&nodes, &["SET", "k", "v"]), Reply::text("OK"));
    }
    eventually("all nodes have applied what was committed", || {
        (0..3).all(|node| metric(node, "raft_entries_applied_total") >= 6.0).then_some(())
    });
    assert_eq!((0..3).map(|node| metric(node, "raft_role{role=\"leader\"}")).sum::<f64>(), 1.0);
    assert_eq!(metric(0, "raft_members{kind=\"voter\"}"), 3.0);
    for (node, peer) in [(0, "n2"), (0, "n3"), (1, "n1"), (1, "n3"), (2, "n1"), (2, "n2")] {
        eventually("a connection", || {
            (metric(node, &format!("peer_connected{{peer=\"{peer}\"}}")) == 1.0).then_some(())
        });
    }
    let answered = |node| metric(node, "requests_total{outcome=\"ok\"}");
    assert!((0..3).map(answered).sum::<f64>() >= 5.0);
    assert!((0..3).all(|node| metric(node, "disk_sync_seconds_count") > 0.0));
}
