//! What a client's words ask for.

use super::{address::Address, membership::Wish};
use crate::{
    kv::{Change, Condition, End, Query, parse_integer},
    raft::NodeId,
};
use bytes::Bytes;
use std::{net::SocketAddr, ops::RangeInclusive};

const SYNTAX: &str = "ERR syntax error";
const NOT_AN_INTEGER: &str = "ERR value is not an integer or out of range";
const NOT_POSITIVE: &str = "ERR value is out of range, must be positive";
const NO_CLOCK: &str = "ERR time-to-live is not supported: replicated state must not depend on a clock";
/// How much of a client's own words an error repeats.
const QUOTED_BYTES_MAX: usize = 64;

/// A request that this server understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A change of the state; it goes through the log.
    Write(Change),
    /// A question to the state.
    Read(Query),
    /// `PING`: the same bytes back, or `PONG`.
    Ping(Option<Bytes>),
    /// `ECHO`: the same bytes back.
    Echo(Bytes),
    /// `INFO`: all of it, or this section.
    Info(Option<Bytes>),
    /// `RAFT STATUS`: what the consensus core is doing.
    RaftStatus,
    /// `RAFT TRANSFER`: this node is to become the leader.
    RaftTransfer(NodeId),
    /// `RAFT ADD`, `PROMOTE`, `DEMOTE`, `REMOVE`: the membership is to change.
    RaftChange(Wish),
    /// `RAFT CONFIG`: who the members are.
    RaftConfig,
    /// `HELLO`: who the server is, in version 2 of the protocol; and perhaps a name for the connection.
    Hello(Option<Bytes>),
    /// `CLIENT SETNAME`: a name for the connection.
    ClientSetName(Bytes),
    /// `CLIENT GETNAME`: that name.
    ClientGetName,
    /// `CLIENT ID`: the connection's number.
    ClientId,
    /// `CLIENT SETINFO`: which library the client uses; there is nothing to do but to agree.
    ClientSetInfo,
    /// `COMMAND` and what it is asked at the start of a session: the table of commands, which is not kept, so an empty array.
    CommandTable,
    /// `READONLY`: this node answers the reads on this connection from now on, also if it does not lead.
    ReadOnly {
        /// `READONLY LINEARIZABLE`: but asks the leader before. Otherwise they may be stale.
        is_linearizable: bool,
    },
    /// `READWRITE`: and no longer.
    ReadWrite,
    /// `SELECT 0`: the only database there is.
    Select,
    /// `MULTI`: what follows is kept back, to be done together.
    Multi,
    /// `EXEC`: it is to be done now.
    Exec,
    /// `DISCARD`: it is to be forgotten.
    Discard,
    /// `WATCH`: the next transaction is to be done only if these keys do not change before.
    Watch(Vec<Bytes>),
    /// `UNWATCH`: or even if they do.
    Unwatch,
    /// `RAFT SESSION NEW`: a session, in which each command is executed once, however often it is sent.
    OpenSession,
    /// `RAFT SESSION CLOSE`: the session is not needed any more.
    CloseSession(u64),
    /// `RAFT SESSION`, the session's number, a number in the session, and a command that is to be executed once.
    InSession {
        /// The session.
        session: u64,
        /// The command's number in it.
        sequence: u64,
        /// The command: a change, or `EXEC`.
        request: Box<Request>,
    },
    /// `FAULT`: something is to go wrong here.
    #[cfg(feature = "fault-injection")]
    Fault(super::fault::Fault),
    /// `QUIT`: the end of the connection.
    Quit,
}

/// A command that clients may send.
struct Spec {
    name: &'static str,
    /// How many arguments it takes, besides its name.
    arguments: RangeInclusive<usize>,
    parse: fn(&[Bytes]) -> Result<Request, String>,
}

const ANY: usize = usize::MAX;
const COMMANDS: &[Spec] = &[
    spec("append", 2..=2, |a| Ok(Request::Write(Change::Append { key: a[0].clone(), value: a[1].clone() }))),
    spec("client", 1..=ANY, client),
    spec("command", 0..=ANY, command),
    spec("dbsize", 0..=0, |_| Ok(Request::Read(Query::Dbsize))),
    spec("decr", 1..=1, |a| Ok(increment(&a[0], -1))),
    spec("decrby", 2..=2, decrby),
    spec("del", 1..=ANY, |a| Ok(Request::Write(Change::Del { keys: a.to_vec() }))),
    spec("discard", 0..=0, |_| Ok(Request::Discard)),
    spec("echo", 1..=1, |a| Ok(Request::Echo(a[0].clone()))),
    spec("exec", 0..=0, |_| Ok(Request::Exec)),
    spec("exists", 1..=ANY, |a| Ok(Request::Read(Query::Exists { keys: a.to_vec() }))),
    #[cfg(feature = "fault-injection")]
    spec("fault", 1..=ANY, |a| super::fault::parse(a).map(Request::Fault).map_err(|error| format!("ERR {error}"))),
    spec("get", 1..=1, |a| Ok(Request::Read(Query::Get { key: a[0].clone() }))),
    spec("hello", 0..=ANY, hello),
    spec("incr", 1..=1, |a| Ok(increment(&a[0], 1))),
    spec("incrby", 2..=2, |a| Ok(increment(&a[0], integer(&a[1])?))),
    spec("info", 0..=1, |a| Ok(Request::Info(a.first().cloned()))),
    spec("llen", 1..=1, |a| Ok(Request::Read(Query::Llen { key: a[0].clone() }))),
    spec("lpop", 1..=2, |a| pop(a, End::Left)),
    spec("lpush", 2..=ANY, |a| Ok(push(a, End::Left))),
    spec("lrange", 3..=3, lrange),
    spec("mget", 1..=ANY, |a| Ok(Request::Read(Query::Mget { keys: a.to_vec() }))),
    spec("mset", 2..=ANY, mset),
    spec("multi", 0..=0, |_| Ok(Request::Multi)),
    spec("ping", 0..=1, |a| Ok(Request::Ping(a.first().cloned()))),
    spec("quit", 0..=ANY, |_| Ok(Request::Quit)),
    spec("raft", 1..=ANY, raft),
    spec("readonly", 0..=1, read_only),
    spec("readwrite", 0..=0, |_| Ok(Request::ReadWrite)),
    spec("rpop", 1..=2, |a| pop(a, End::Right)),
    spec("rpush", 2..=ANY, |a| Ok(push(a, End::Right))),
    spec("sadd", 2..=ANY, |a| Ok(Request::Write(Change::Sadd { key: a[0].clone(), members: a[1..].to_vec() }))),
    spec("scard", 1..=1, |a| Ok(Request::Read(Query::Scard { key: a[0].clone() }))),
    spec("select", 1..=1, select),
    spec("set", 2..=ANY, set),
    spec("sismember", 2..=2, |a| Ok(Request::Read(Query::Sismember { key: a[0].clone(), member: a[1].clone() }))),
    spec("smembers", 1..=1, |a| Ok(Request::Read(Query::Smembers { key: a[0].clone() }))),
    spec("srem", 2..=ANY, |a| Ok(Request::Write(Change::Srem { key: a[0].clone(), members: a[1..].to_vec() }))),
    spec("strlen", 1..=1, |a| Ok(Request::Read(Query::Strlen { key: a[0].clone() }))),
    spec("type", 1..=1, |a| Ok(Request::Read(Query::Type { key: a[0].clone() }))),
    spec("unwatch", 0..=0, |_| Ok(Request::Unwatch)),
    spec("watch", 1..=ANY, |a| Ok(Request::Watch(a.to_vec()))),
];

/// Commands of Redis that set or ask for the time at which a key expires.
const CLOCK_COMMANDS: &[&str] = &[
    "expire",
    "expireat",
    "expiretime",
    "getex",
    "persist",
    "pexpire",
    "pexpireat",
    "pexpiretime",
    "psetex",
    "pttl",
    "setex",
    "ttl",
];

const fn spec(
    name: &'static str,
    arguments: RangeInclusive<usize>,
    parse: fn(&[Bytes]) -> Result<Request, String>,
) -> Spec {
    Spec { name, arguments, parse }
}

/// What these words ask for, or the error to reply with, as Redis words it where it has the same.
pub fn parse(words: &[Bytes]) -> Result<Request, String> {
    let Some((name, arguments)) = words.split_first() else { return Err(SYNTAX.into()) };
    match COMMANDS.iter().find(|spec| is(name, spec.name)) {
        Some(spec) if spec.arguments.contains(&arguments.len()) => (spec.parse)(arguments),
        Some(spec) => Err(wrong_arity(spec.name)),
        None if CLOCK_COMMANDS.iter().any(|clock| is(name, clock)) => Err(NO_CLOCK.into()),
        None => Err(unknown_command(name)),
    }
}

fn is(word: &[u8], name: &str) -> bool {
    word.eq_ignore_ascii_case(name.as_bytes())
}

fn set(arguments: &[Bytes]) -> Result<Request, String> {
    let (mut condition, mut get) = (Condition::Always, false);
    let mut options = arguments[2..].iter();
    while let Some(option) = options.next() {
        let new_condition = match option.to_ascii_uppercase().as_slice() {
            b"NX" => Condition::IfAbsent,
            b"XX" => Condition::IfPresent,
            b"IFEQ" => Condition::IfEqual(options.next().ok_or(SYNTAX)?.clone()),
            b"GET" => {
                get = true;
                continue;
            }
            b"EX" | b"PX" | b"EXAT" | b"PXAT" | b"KEEPTTL" => return Err(NO_CLOCK.into()),
            _ => return Err(SYNTAX.into()),
        };
        // Saying the same thing twice is no contradiction to Redis.
        if condition != Condition::Always && condition != new_condition {
            return Err(SYNTAX.into());
        }
        condition = new_condition;
    }
    Ok(Request::Write(Change::Set { key: arguments[0].clone(), value: arguments[1].clone(), condition, get }))
}

fn increment(key: &Bytes, by: i64) -> Request {
    Request::Write(Change::IncrBy { key: key.clone(), by })
}

fn decrby(arguments: &[Bytes]) -> Result<Request, String> {
    // The smallest number has no opposite.
    let by = integer(&arguments[1])?.checked_neg().ok_or("ERR decrement would overflow")?;
    Ok(increment(&arguments[0], by))
}

fn mset(arguments: &[Bytes]) -> Result<Request, String> {
    let (pairs, rest) = arguments.as_chunks::<2>();
    match rest {
        [] => Ok(Request::Write(Change::Mset { pairs: pairs.iter().cloned().map(Into::into).collect() })),
        _ => Err(wrong_arity("mset")),
    }
}

fn push(arguments: &[Bytes], end: End) -> Request {
    Request::Write(Change::Push { key: arguments[0].clone(), end, elements: arguments[1..].to_vec() })
}

fn pop(arguments: &[Bytes], end: End) -> Result<Request, String> {
    let count = match arguments.get(1).map(|count| parse_integer(count)) {
        None => None,
        Some(Some(count @ 0..)) => Some(count.unsigned_abs()),
        Some(_) => return Err(NOT_POSITIVE.into()),
    };
    Ok(Request::Write(Change::Pop { key: arguments[0].clone(), end, count }))
}

fn lrange(arguments: &[Bytes]) -> Result<Request, String> {
    let (start, stop) = (integer(&arguments[1])?, integer(&arguments[2])?);
    Ok(Request::Read(Query::Lrange { key: arguments[0].clone(), start, stop }))
}

fn integer(word: &[u8]) -> Result<i64, String> {
    parse_integer(word).ok_or_else(|| NOT_AN_INTEGER.into())
}

fn select(arguments: &[Bytes]) -> Result<Request, String> {
    match integer(&arguments[0])? {
        0 => Ok(Request::Select),
        _ => Err("ERR DB index is out of range".into()),
    }
}

fn hello(arguments: &[Bytes]) -> Result<Request, String> {
    let Some((version, mut options)) = arguments.split_first() else { return Ok(Request::Hello(None)) };
    match parse_integer(version) {
        Some(2) => {}
        Some(_) => return Err("NOPROTO unsupported protocol version".into()),
        None => return Err("ERR Protocol version is not an integer or out of range".into()),
    }
    let mut connection = None;
    while let Some((option, rest)) = options.split_first() {
        options = match rest {
            [name, rest @ ..] if is(option, "setname") => {
                connection = Some(connection_name(name)?);
                rest
            }
            [_, _, ..] if is(option, "auth") => {
                return Err("ERR AUTH is not supported: this server has no users".into());
            }
            _ => return Err(format!("ERR Syntax error in HELLO option '{}'", quoted(option))),
        };
    }
    Ok(Request::Hello(connection))
}

fn client(arguments: &[Bytes]) -> Result<Request, String> {
    let (subcommand, rest) = (&arguments[0], &arguments[1..]);
    match (subcommand.to_ascii_lowercase().as_slice(), rest) {
        (b"setname", [name]) => Ok(Request::ClientSetName(connection_name(name)?)),
        (b"setinfo", [_, _]) => Ok(Request::ClientSetInfo),
        (b"getname", []) => Ok(Request::ClientGetName),
        (b"id", []) => Ok(Request::ClientId),
        (b"setname" | b"setinfo" | b"getname" | b"id", _) => Err(wrong_arity(&subcommand_name("client", subcommand))),
        _ => Err(unknown_subcommand("client", subcommand)),
    }
}

/// A name for a connection is one word, so that a list of connections can be read.
fn connection_name(name: &Bytes) -> Result<Bytes, String> {
    match name.iter().all(u8::is_ascii_graphic) {
        true => Ok(name.clone()),
        false => Err("ERR Client names cannot contain spaces, newlines or special characters.".into()),
    }
}

fn command(arguments: &[Bytes]) -> Result<Request, String> {
    match arguments.first() {
        Some(subcommand) if !["docs", "info", "list"].iter().any(|known| is(subcommand, known)) => {
            Err(unknown_subcommand("command", subcommand))
        }
        _ => Ok(Request::CommandTable),
    }
}

fn read_only(arguments: &[Bytes]) -> Result<Request, String> {
    match arguments {
        [] => Ok(Request::ReadOnly { is_linearizable: false }),
        [word] if is(word, "linearizable") => Ok(Request::ReadOnly { is_linearizable: true }),
        _ => Err(SYNTAX.into()),
    }
}

fn raft(arguments: &[Bytes]) -> Result<Request, String> {
    let Some((subcommand, rest)) = arguments.split_first() else { return Err(wrong_arity("raft")) };
    match (subcommand.to_ascii_lowercase().as_slice(), rest) {
        (b"session", rest) => session(rest),
        (b"status", []) => Ok(Request::RaftStatus),
        (b"config", []) => Ok(Request::RaftConfig),
        (b"transfer", [name]) => Ok(Request::RaftTransfer(node(name)?)),
        (b"add", [name, peer, client]) => {
            let address = Address { peer: socket_address(peer)?, client: socket_address(client)? };
            Ok(Request::RaftChange(Wish::Add(node(name)?, address)))
        }
        (b"promote", [name]) => Ok(Request::RaftChange(Wish::Promote(node(name)?))),
        (b"demote", [name]) => Ok(Request::RaftChange(Wish::Demote(node(name)?))),
        (b"remove", [name]) => Ok(Request::RaftChange(Wish::Remove(node(name)?))),
        (b"status" | b"config" | b"transfer" | b"add" | b"promote" | b"demote" | b"remove", _) => {
            Err(wrong_arity(&subcommand_name("raft", subcommand)))
        }
        _ => Err(unknown_subcommand("raft", subcommand)),
    }
}

fn node(name: &[u8]) -> Result<NodeId, String> {
    String::from_utf8_lossy(name).parse().map_err(|error| format!("ERR {error}"))
}

fn socket_address(word: &[u8]) -> Result<SocketAddr, String> {
    let wrong = || format!("ERR '{}' is no address; write it as 127.0.0.1:7004", quoted(word));
    str::from_utf8(word).ok().and_then(|word| word.parse().ok()).ok_or_else(wrong)
}

fn session(arguments: &[Bytes]) -> Result<Request, String> {
    match arguments {
        [word] if is(word, "new") => Ok(Request::OpenSession),
        [word, session] if is(word, "close") => Ok(Request::CloseSession(positive(session)?)),
        [session, sequence, words @ ..] if !words.is_empty() => {
            let (session, sequence) = (positive(session)?, positive(sequence)?);
            match parse(words)? {
                request @ (Request::Write(_) | Request::Exec) => {
                    Ok(Request::InSession { session, sequence, request: Box::new(request) })
                }
                // It changes nothing, however often it is asked.
                Request::Read(query) => Ok(Request::Read(query)),
                _ => Err(format!("ERR '{}' is no change, and takes no number of a session", quoted(&words[0]))),
            }
        }
        _ => Err(wrong_arity("raft|session")),
    }
}

fn positive(word: &[u8]) -> Result<u64, String> {
    match parse_integer(word) {
        Some(number @ 1..) => Ok(number.unsigned_abs()),
        _ => Err(NOT_POSITIVE.into()),
    }
}

fn wrong_arity(name: &str) -> String {
    format!("ERR wrong number of arguments for '{name}' command")
}

fn subcommand_name(command: &str, subcommand: &[u8]) -> String {
    format!("{command}|{}", quoted(&subcommand.to_ascii_lowercase()))
}

fn unknown_subcommand(command: &str, subcommand: &[u8]) -> String {
    format!("ERR unknown subcommand '{}' of '{command}'", quoted(subcommand))
}

fn unknown_command(name: &[u8]) -> String {
    let quoted = quoted(name);
    let lower = name.to_ascii_lowercase();
    let nearest = COMMANDS.iter().map(|spec| (edits(&lower, spec.name.as_bytes()), spec.name)).min();
    match nearest {
        // Two slips at most, and in a short name only as many as leave half of it.
        Some((edits, nearest)) if edits <= 2.min(name.len() / 2) => {
            format!("ERR unknown command '{quoted}', did you mean '{nearest}'?")
        }
        _ => format!("ERR unknown command '{quoted}'"),
    }
}

/// A client's own word, in a form that fits in an error.
fn quoted(word: &[u8]) -> String {
    word[..word.len().min(QUOTED_BYTES_MAX)].escape_ascii().to_string()
}

/// How many letters must be added, removed or replaced to make one word of the other (Levenshtein's distance).
fn edits(from: &[u8], to: &[u8]) -> usize {
    // A word much longer than the other is far from it, and comparing them would be a client's way to use our time.
    if from.len().abs_diff(to.len()) > 2 {
        return usize::MAX;
    }
    // The distances from the letters of `from` read so far to each beginning of `to`.
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (position, letter) in from.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = position + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ADDRESS: &str = "127.0.0.1:7004/127.0.0.1:6384";

    /// What a line asks for. `""` stands for an empty argument.
    fn ask(line: &str) -> Result<Request, String> {
        let words = line.split_whitespace().map(|word| Bytes::copy_from_slice(word.replace("\"\"", "").as_bytes()));
        parse(&words.collect::<Vec<_>>())
    }

    fn keys(keys: &[&'static str]) -> Vec<Bytes> {
        keys.iter().map(|key| Bytes::from(*key)).collect()
    }

    #[test]
    fn requests_are_understood() {
        use Request::*;
        let rows = [
            ("get k", Read(Query::Get { key: "k".into() })),
            ("GeT k", Read(Query::Get { key: "k".into() })),
            ("exists a b a", Read(Query::Exists { keys: keys(&["a", "b", "a"]) })),
            ("mget a b", Read(Query::Mget { keys: keys(&["a", "b"]) })),
            ("strlen k", Read(Query::Strlen { key: "k".into() })),
            ("dbsize", Read(Query::Dbsize)),
            ("del a b", Write(Change::Del { keys: keys(&["a", "b"]) })),
            ("append k v", Write(Change::Append { key: "k".into(), value: "v".into() })),
            ("incr k", Write(Change::IncrBy { key: "k".into(), by: 1 })),
            ("decr k", Write(Change::IncrBy { key: "k".into(), by: -1 })),
            ("incrby k -9223372036854775808", Write(Change::IncrBy { key: "k".into(), by: i64::MIN })),
            ("decrby k -9223372036854775807", Write(Change::IncrBy { key: "k".into(), by: i64::MAX })),
            ("mset a 1 b 2", Write(Change::Mset { pairs: vec![("a".into(), "1".into()), ("b".into(), "2".into())] })),
            ("lpush k a b", Write(Change::Push { key: "k".into(), end: End::Left, elements: keys(&["a", "b"]) })),
            ("rpush k a", Write(Change::Push { key: "k".into(), end: End::Right, elements: keys(&["a"]) })),
            ("lpop k", Write(Change::Pop { key: "k".into(), end: End::Left, count: None })),
            ("rpop k 0", Write(Change::Pop { key: "k".into(), end: End::Right, count: Some(0) })),
            ("lrange k 0 -1", Read(Query::Lrange { key: "k".into(), start: 0, stop: -1 })),
            ("llen k", Read(Query::Llen { key: "k".into() })),
            ("sadd k a b", Write(Change::Sadd { key: "k".into(), members: keys(&["a", "b"]) })),
            ("srem k a", Write(Change::Srem { key: "k".into(), members: keys(&["a"]) })),
            ("smembers k", Read(Query::Smembers { key: "k".into() })),
            ("sismember k a", Read(Query::Sismember { key: "k".into(), member: "a".into() })),
            ("scard k", Read(Query::Scard { key: "k".into() })),
            ("type k", Read(Query::Type { key: "k".into() })),
            ("ping", Ping(None)),
            ("ping x", Ping(Some("x".into()))),
            ("echo \"\"", Echo("".into())),
            ("info", Info(None)),
            ("info replication", Info(Some("replication".into()))),
            ("raft status", RaftStatus),
            ("RAFT STATUS", RaftStatus),
            ("raft transfer n2", RaftTransfer(NodeId(2))),
            ("raft config", RaftConfig),
            ("raft add n4 127.0.0.1:7004 127.0.0.1:6384", RaftChange(Wish::Add(NodeId(4), ADDRESS.parse().unwrap()))),
            ("RAFT PROMOTE n4", RaftChange(Wish::Promote(NodeId(4)))),
            ("raft demote n4", RaftChange(Wish::Demote(NodeId(4)))),
            ("raft remove n4", RaftChange(Wish::Remove(NodeId(4)))),
            ("hello", Hello(None)),
            ("hello 2", Hello(None)),
            ("hello 2 setname me", Hello(Some("me".into()))),
            ("client setname me", ClientSetName("me".into())),
            ("client getname", ClientGetName),
            ("client id", ClientId),
            ("client setinfo lib-name redis-py", ClientSetInfo),
            ("command", CommandTable),
            ("command docs get", CommandTable),
            ("readonly", ReadOnly { is_linearizable: false }),
            ("readonly Linearizable", ReadOnly { is_linearizable: true }),
            ("readwrite", ReadWrite),
            ("select 0", Select),
            ("multi", Multi),
            ("exec", Exec),
            ("discard", Discard),
            ("watch a b", Watch(keys(&["a", "b"]))),
            ("unwatch", Unwatch),
            ("raft session new", OpenSession),
            ("RAFT SESSION close 7", CloseSession(7)),
            (
                "raft session 7 3 incr k",
                InSession {
                    session: 7,
                    sequence: 3,
                    request: Box::new(Write(Change::IncrBy { key: "k".into(), by: 1 })),
                },
            ),
            ("RAFT SESSION 7 3 EXEC", InSession { session: 7, sequence: 3, request: Box::new(Exec) }),
            ("raft session 7 3 get k", Read(Query::Get { key: "k".into() })),
            ("quit", Quit),
        ];
        for (line, expected) in rows {
            assert_eq!(ask(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn set_takes_its_options_in_any_order() {
        let rows = [
            ("set k v", Condition::Always, false),
            ("set k v nx", Condition::IfAbsent, false),
            ("set k v XX", Condition::IfPresent, false),
            ("set k v ifeq old", Condition::IfEqual("old".into()), false),
            ("set k v ifeq \"\"", Condition::IfEqual("".into()), false),
            ("set k v ifeq get", Condition::IfEqual("get".into()), false),
            ("set k v xx xx", Condition::IfPresent, false),
            ("set k v get", Condition::Always, true),
            ("set k v get nx", Condition::IfAbsent, true),
            ("set k v ifeq nx GET", Condition::IfEqual("nx".into()), true),
        ];
        for (line, condition, get) in rows {
            let expected = Change::Set { key: "k".into(), value: "v".into(), condition, get };
            assert_eq!(ask(line), Ok(Request::Write(expected)), "{line}");
        }
    }

    #[test]
    fn wrong_requests_are_explained() {
        let rows = [
            ("", SYNTAX),
            ("get", "ERR wrong number of arguments for 'get' command"),
            ("GET a b", "ERR wrong number of arguments for 'get' command"),
            ("set k", "ERR wrong number of arguments for 'set' command"),
            ("del", "ERR wrong number of arguments for 'del' command"),
            ("client", "ERR wrong number of arguments for 'client' command"),
            ("client SETNAME", "ERR wrong number of arguments for 'client|setname' command"),
            ("client setname \u{e9}", "ERR Client names cannot contain spaces, newlines or special characters."),
            ("client kill", "ERR unknown subcommand 'kill' of 'client'"),
            ("command count", "ERR unknown subcommand 'count' of 'command'"),
            ("raft", "ERR wrong number of arguments for 'raft' command"),
            ("raft transfer", "ERR wrong number of arguments for 'raft|transfer' command"),
            ("raft transfer 2", "ERR `2` is not a node's name; it is `n` and a number from 1, as in `n1`"),
            ("raft add n4 127.0.0.1:7004", "ERR wrong number of arguments for 'raft|add' command"),
            ("raft add n4 here 127.0.0.1:1", "ERR 'here' is no address; write it as 127.0.0.1:7004"),
            ("raft remove 4", "ERR `4` is not a node's name; it is `n` and a number from 1, as in `n1`"),
            ("readonly fresh", SYNTAX),
            ("raft status now", "ERR wrong number of arguments for 'raft|status' command"),
            ("raft session", "ERR wrong number of arguments for 'raft|session' command"),
            ("raft session close", "ERR wrong number of arguments for 'raft|session' command"),
            ("raft session close 0", NOT_POSITIVE),
            ("raft session 7 3", "ERR wrong number of arguments for 'raft|session' command"),
            ("raft session 0 3 incr k", NOT_POSITIVE),
            ("raft session 7 x incr k", NOT_POSITIVE),
            ("raft session 7 3 incr", "ERR wrong number of arguments for 'incr' command"),
            ("raft session 7 3 ping", "ERR 'ping' is no change, and takes no number of a session"),
            ("raft session 7 3 raft session 7 4 incr k", "ERR 'raft' is no change, and takes no number of a session"),
            ("raft sink", "ERR unknown subcommand 'sink' of 'raft'"),
            ("set k v nx xx", SYNTAX),
            ("set k v nx ifeq old", SYNTAX),
            ("set k v ifeq", SYNTAX),
            ("set k v now", SYNTAX),
            ("set k v ex 10", NO_CLOCK),
            ("set k v nx PX 10", NO_CLOCK),
            ("set k v keepttl", NO_CLOCK),
            ("expire k 10", NO_CLOCK),
            ("TTL k", NO_CLOCK),
            ("setex k 10 v", NO_CLOCK),
            ("incrby k x", NOT_AN_INTEGER),
            ("incrby k 9223372036854775808", NOT_AN_INTEGER),
            ("decrby k -9223372036854775808", "ERR decrement would overflow"),
            ("mset a 1 b", "ERR wrong number of arguments for 'mset' command"),
            ("lpop k -1", NOT_POSITIVE),
            ("rpop k x", NOT_POSITIVE),
            ("lpop k 1 2", "ERR wrong number of arguments for 'lpop' command"),
            ("lrange k 0 x", NOT_AN_INTEGER),
            ("sadd k", "ERR wrong number of arguments for 'sadd' command"),
            ("select 1", "ERR DB index is out of range"),
            ("select x", NOT_AN_INTEGER),
            ("hello 3", "NOPROTO unsupported protocol version"),
            ("hello x", "ERR Protocol version is not an integer or out of range"),
            ("hello 2 auth user secret", "ERR AUTH is not supported: this server has no users"),
            ("hello 2 setname", "ERR Syntax error in HELLO option 'setname'"),
            ("gett k", "ERR unknown command 'gett', did you mean 'get'?"),
            ("GT k", "ERR unknown command 'GT', did you mean 'get'?"),
            ("incrybi k 1", "ERR unknown command 'incrybi', did you mean 'incrby'?"),
            ("gx k", "ERR unknown command 'gx'"),
            ("x", "ERR unknown command 'x'"),
            ("subscribe k", "ERR unknown command 'subscribe'"),
            ("\u{e9}", "ERR unknown command '\\xc3\\xa9'"),
        ];
        for (line, expected) in rows {
            assert_eq!(ask(line), Err(expected.into()), "{line}");
        }
    }

    #[test]
    fn long_name_is_not_repeated_in_full() {
        let error = parse(&[Bytes::from(vec![b'x'; 1 << 20])]).unwrap_err();
        assert_eq!(error, format!("ERR unknown command '{}'", "x".repeat(QUOTED_BYTES_MAX)));
    }

    #[test]
    fn table_is_in_order_without_repetitions() {
        assert!(COMMANDS.is_sorted_by(|one, next| one.name < next.name));
    }

    #[test]
    fn edits_are_counted() {
        let rows =
            [("", "", 0), ("get", "get", 0), ("gt", "get", 1), ("gte", "get", 2), ("set", "get", 1), ("", "ab", 2)];
        for (from, to, expected) in rows {
            assert_eq!(edits(from.as_bytes(), to.as_bytes()), expected, "{from} {to}");
            assert_eq!(edits(to.as_bytes(), from.as_bytes()), expected, "{to} {from}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_understood_or_explained(
            name in prop::option::of(0..COMMANDS.len()),
            words in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..10),
                    prop::sample::select(vec!["get", "nx", "ifeq", "2", "setname", "auth", "id", "status"]).prop_map(|word| word.as_bytes().to_vec()),
                ],
                0..7,
            ),
        ) {
            let name = name.map(|number| Bytes::from(COMMANDS[number].name));
            let words: Vec<Bytes> = name.into_iter().chain(words.into_iter().map(Bytes::from)).collect();
            if let Err(error) = parse(&words) {
                prop_assert!(error.starts_with("ERR ") || error.starts_with("NOPROTO "), "{}", error);
            }
        }
    }
}
