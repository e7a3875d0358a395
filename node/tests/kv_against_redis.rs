//! The state machine against a real Redis: the same requests must get the same replies, byte for byte.
//!
//! It needs a `redis-server` on the PATH (Debian has it in the package of that name), and says so if there is none.

use bytes::{Bytes, BytesMut};
use node::{
    kv::{Command, Operation, Query, Reply, Store, Transaction},
    server::{
        request::{self, Request},
        resp,
    },
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use std::{
    cell::RefCell,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// A real server, for as long as this lives.
struct Redis {
    process: Child,
    socket: PathBuf,
    _directory: tempfile::TempDir,
}

/// A client of it.
struct Connection(BufReader<UnixStream>);

impl Redis {
    /// Starts one. There is no test without it. It listens in a directory of its own and on no port: there could be others.
    fn start() -> Redis {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let socket = directory.path().join("redis.sock");
        let process = match std::process::Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(&socket)
            .current_dir(&directory)
            .stdout(Stdio::null())
            .spawn()
        {
            Ok(process) => process,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                panic!("there is no redis-server on the PATH (Debian: apt-get install redis-server)")
            }
            Err(error) => panic!("redis-server does not start: {error}"),
        };
        let mut redis = Redis { process, socket, _directory: directory };
        let deadline = Instant::now() + Duration::from_secs(60);
        while UnixStream::connect(&redis.socket).is_err() {
            let ended = redis.process.try_wait().expect("a child can be asked");
            assert!(ended.is_none() && Instant::now() < deadline, "redis-server cannot be reached: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        redis
    }

    fn connect(&self) -> Connection {
        Connection(BufReader::new(UnixStream::connect(&self.socket).expect("redis-server accepts")))
    }
}

impl Connection {
    /// Sends requests together, and reads the reply to each.
    fn ask(&mut self, requests: &[Vec<Bytes>]) -> Vec<Reply> {
        let mut bytes = Vec::new();
        for request in requests {
            bytes.extend(format!("*{}\r\n", request.len()).bytes());
            for word in request {
                bytes.extend(format!("${}\r\n", word.len()).bytes());
                bytes.extend_from_slice(word);
                bytes.extend(b"\r\n");
            }
        }
        self.0.get_mut().write_all(&bytes).expect("redis-server listens");
        requests.iter().map(|_| self.reply()).collect()
    }

    fn reply(&mut self) -> Reply {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line).expect("redis-server answers");
        // An error repeats the client's own words, whatever bytes they are.
        let line = String::from_utf8_lossy(&line);
        let line = line.strip_suffix("\r\n").expect("redis-server answers in whole lines");
        let (mark, rest) = line.split_at(1);
        let number = || rest.parse::<i64>().expect("a number");
        match mark {
            "+" if rest == "OK" => Reply::Ok,
            "+" => Reply::Simple(rest.to_owned()),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Integer(number()),
            "$" if number() < 0 => Reply::Nil,
            "$" => {
                let mut bytes = vec![0; number() as usize + 2];
                self.0.read_exact(&mut bytes).expect("redis-server sends what it announced");
                bytes.truncate(bytes.len() - 2);
                Reply::Bulk(bytes.into())
            }
            "*" if number() < 0 => Reply::NilArray,
            "*" => Reply::Array((0..number()).map(|_| self.reply()).collect()),
            _ => panic!("redis-server answers {line}"),
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What our own server would reply, were the request committed at once.
fn ask(store: &mut Store, words: &[Bytes]) -> Reply {
    match request::parse(words) {
        // As the server does it: through the bytes that are in the log.
        Ok(Request::Write(change)) => {
            let command = Command::from(change);
            store.apply(&Command::decode(&command.encode()).expect("what was encoded can be decoded"))
        }
        Ok(Request::Read(query)) => store.query(&query),
        Ok(other) => panic!("{other:?} has nothing to do with the state"),
        Err(refusal) => Reply::Error(refusal),
    }
}

/// The bytes to compare. Of an error, the first word: the others are for people. Of a set, the members in order: Redis promises
/// none.
fn comparable(request: &[Bytes], reply: &Reply) -> BytesMut {
    let reply = match reply {
        Reply::Error(line) => Reply::Error(line.split(' ').next().unwrap_or_default().to_owned()),
        Reply::Array(members) if request[0].eq_ignore_ascii_case(b"smembers") => {
            let mut members = members.clone();
            members.sort_by_key(|member| format!("{member:?}"));
            Reply::Array(members)
        }
        reply => reply.clone(),
    };
    let mut bytes = BytesMut::new();
    resp::write(&reply, &mut bytes);
    bytes
}

fn word(text: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(text.as_ref())
}

fn key() -> impl Strategy<Value = Bytes> {
    prop_oneof![20 => "[abcd]".prop_map(word), 1 => Just(word(""))]
}

fn value() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        4 => (0..12i64).prop_map(|number| word(number.to_string())),
        2 => "[xyz]{0,2}".prop_map(word),
        1 => prop::sample::select(vec!["-0", "+1", "01", " 1", "1 ", "1.0", "9223372036854775807", "-9223372036854775808", "9223372036854775808"]).prop_map(word),
        1 => prop::collection::vec(any::<u8>(), 0..6).prop_map(word),
    ]
}

fn count() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        8 => (-6..7i64).prop_map(|number| word(number.to_string())),
        1 => any::<i64>().prop_map(|number| word(number.to_string())),
        1 => value(),
    ]
}

/// A request: mostly one that makes sense, now and then with a word too many or too few, or with one out of place.
fn request() -> impl Strategy<Value = Vec<Bytes>> {
    let name = |names: &'static [&'static str]| prop::sample::select(names).prop_map(word);
    let some = |strategy: BoxedStrategy<Bytes>| prop::collection::vec(strategy, 1..5);
    let set_options = prop::collection::vec(prop::sample::select(vec!["nx", "XX", "get", "bad"]).prop_map(word), 0..3);
    let sound = prop_oneof![
        (name(&["get", "strlen", "incr", "DECR", "llen", "smembers", "scard", "type"]), key())
            .prop_map(|(n, k)| vec![n, k]),
        (name(&["lpop", "rpop"]), key()).prop_map(|(n, k)| vec![n, k]),
        (name(&["lpop", "rpop"]), key(), count()).prop_map(|(n, k, count)| vec![n, k, count]),
        (name(&["incrby", "decrby"]), key(), count()).prop_map(|(n, k, by)| vec![n, k, by]),
        (name(&["append", "set", "sismember", "sismember"]), key(), value()).prop_map(|(n, k, v)| vec![n, k, v]),
        (key(), value(), set_options).prop_map(|(k, v, options)| [vec![word("set"), k, v], options].concat()),
        (name(&["del", "exists", "mget"]), some(key().boxed())).prop_map(|(n, keys)| [vec![n], keys].concat()),
        prop::collection::vec((key(), value()), 1..5).prop_map(|pairs| {
            let words = pairs.into_iter().flat_map(|(key, value)| [key, value]);
            std::iter::once(word("mset")).chain(words).collect()
        }),
        (name(&["rpush", "lpush", "sadd", "srem", "sadd", "rpush"]), key(), some(value().boxed()))
            .prop_map(|(n, k, values)| [vec![n, k], values].concat()),
        (key(), count(), count()).prop_map(|(k, start, stop)| vec![word("lrange"), k, start, stop]),
        Just(vec![word("dbsize")]),
    ];
    prop_oneof![
        30 => sound.clone(),
        1 => (sound.clone(), value()).prop_map(|(words, more)| [words, vec![more]].concat()),
        1 => sound.prop_map(|mut words| {
            if words.len() > 1 {
                words.pop();
            }
            words
        }),
        1 => (value(), key()).prop_map(|(name, key)| vec![Bytes::from([b"no", &name[..]].concat()), key]),
    ]
}

/// Runs a test with two connections to a real Redis.
fn against_redis<S: Strategy>(strategy: S, test: impl Fn(&mut Connection, &mut Connection, S::Value) -> Outcome) {
    let redis = Redis::start();
    let connections = RefCell::new((redis.connect(), redis.connect()));
    let outcome = TestRunner::new(Config { failure_persistence: None, ..Config::default() }).run(&strategy, |value| {
        let (one, other) = &mut *connections.borrow_mut();
        one.ask(&[vec![word("flushall")]]);
        test(one, other, value)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

type Outcome = Result<(), TestCaseError>;

/// Asks both, and compares.
fn compare(redis: &mut Connection, store: &mut Store, requests: &[Vec<Bytes>]) -> Outcome {
    let expected = redis.ask(requests);
    for (number, (request, expected)) in requests.iter().zip(&expected).enumerate() {
        let reply = ask(store, request);
        prop_assert_eq!(
            comparable(request, &reply),
            comparable(request, expected),
            "request {}, {:?}: Redis replies {:?}, we reply {:?}",
            number,
            request,
            expected,
            reply
        );
    }
    Ok(())
}

#[test]
fn store_replies_as_redis_does() {
    against_redis(prop::collection::vec(request(), 1..120), |redis, _, requests| {
        compare(redis, &mut Store::new(), &requests)
    });
}

/// Requests, then a client watches keys, then more requests of another, and then the first one's transaction.
#[test]
fn transaction_happens_when_it_does_in_redis() {
    let some = |most| prop::collection::vec(request(), 0..most);
    let strategy = (some(12), prop::collection::vec(key(), 1..3), some(3), some(6));
    against_redis(strategy, |redis, watcher, (before, keys, between, queued)| {
        let mut store = Store::new();
        compare(redis, &mut store, &before)?;
        watcher.ask(&[[vec![word("watch")], keys.clone()].concat()]);
        let watched = match store.query(&Query::Versions { keys: keys.clone() }) {
            Reply::Array(versions) => keys.into_iter().zip(versions.iter().map(number)).collect(),
            reply => panic!("{reply:?}"),
        };
        compare(redis, &mut store, &between)?;

        let operation = |request: &Vec<Bytes>| match request::parse(request) {
            Ok(Request::Write(change)) => Some((request.clone(), Operation::Change(change))),
            Ok(Request::Read(query)) => Some((request.clone(), Operation::Query(query))),
            // The server would not queue it.
            _ => None,
        };
        let (queued, operations): (Vec<_>, Vec<_>) = queued.iter().filter_map(operation).unzip();
        let exec = [vec![vec![word("multi")]], queued.clone(), vec![vec![word("exec")]]].concat();
        let expected = watcher.ask(&exec).pop();
        let reply = store.apply(&Transaction { watched, operations }.into());
        match (&reply, &expected) {
            (Reply::Array(replies), Some(Reply::Array(expected))) => {
                prop_assert_eq!(replies.len(), expected.len());
                for (request, (reply, expected)) in queued.iter().zip(replies.iter().zip(expected)) {
                    prop_assert_eq!(comparable(request, reply), comparable(request, expected), "{:?}", request);
                }
            }
            _ => prop_assert_eq!(Some(&reply), expected.as_ref()),
        }
        // Both are left with the same.
        let look = |name: &str, key: &str| vec![word(name), word(key)];
        let looks: Vec<_> =
            ["a", "b", "c", "d", ""].iter().flat_map(|key| [look("type", key), look("get", key)]).collect();
        compare(redis, &mut store, &looks)
    });
}

fn number(reply: &Reply) -> u64 {
    match reply {
        Reply::Integer(number) => number.unsigned_abs(),
        reply => panic!("{reply:?}"),
    }
}
