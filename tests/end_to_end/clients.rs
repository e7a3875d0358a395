//! Clients that others wrote: Redis' own command line and benchmark, and the package `redis` of Python.

use super::{
    alone,
    nodes::{Nodes, wait_for},
    stderr, stdout,
};
use std::{
    io::{ErrorKind, Write},
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

#[test]
fn redis_cli_is_served_and_redirected() {
    let (_alone, nodes) = (alone(), Nodes::start(3));
    let leader = nodes.leader();
    let follower = (leader + 1) % 3;
    let (leader, follower) = (nodes.node(leader).client, nodes.node(follower).client);
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
    let (_alone, nodes) = (alone(), Nodes::start(3));
    let port = nodes.node(nodes.leader()).client.to_string();
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
    let (_alone, nodes) = (alone(), Nodes::start(3));
    let leader = nodes.leader();
    // Debian's interpreter has Debian's packages; another one that comes first on the PATH may not.
    let has_redis = |python: &&str| {
        Command::new(python).args(["-c", "import redis"]).output().is_ok_and(|output| output.status.success())
    };
    let python = ["/usr/bin/python3", "python3"].into_iter().find(has_redis);
    let python = python.expect("no python3 here has the package redis; Debian: apt-get install python3-redis");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/clients.py");
    let ports = [leader, (leader + 1) % 3].map(|node| nodes.node(node).client.to_string());
    let output = run(python, "python3", &[script, &ports[0], &ports[1]], "");
    assert_eq!(stdout(&output), "all is well\n", "{}", stderr(&output));
}

#[test]
fn every_node_has_metrics() {
    let (_alone, nodes) = (alone(), Nodes::start(3));
    let leader = nodes.leader();
    let metric = |node: usize, name: &str| -> f64 {
        let page = nodes.metrics(node).expect("a response");
        let line = page.lines().find(|line| line.starts_with(&format!("whitewater_{name} ")));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no {name}: {page}"))
    };
    let before = metric(leader, "raft_commit_index");
    for _ in 0..5 {
        assert_eq!(nodes.ask(leader, "set k v").expect("a reply"), "+OK\r\n");
    }
    wait_for("all nodes have applied what was committed", || {
        (0..3).all(|node| metric(node, "raft_applied_index") >= before + 5.0)
    });
    assert_eq!((0..3).map(|node| metric(node, "raft_role{role=\"leader\"}")).sum::<f64>(), 1.0);
    for peer in (0..3).filter(|node| *node != leader).map(|node| nodes.node(node).name.as_str()) {
        assert!(metric(leader, &format!("peer_messages_sent_total{{peer=\"{peer}\"}}")) > 0.0);
    }
    assert!(metric(leader, "disk_sync_seconds_count") > 0.0);
    assert!(metric(leader, "requests_total{outcome=\"ok\"}") >= 5.0);
}
