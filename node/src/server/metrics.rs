//! What operators watch, in the text format 0.0.4 of Prometheus.
//!
//! Counters only grow while the process lives, and begin again with it. Whatever the driver knows is asked of it when the page is
//! made; what others count, they count here.

use super::driver::NodeStatus;
use crate::{
    kv::Reply,
    raft::{NodeId, Role},
    transport::LinkCounts,
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The `Content-Type` of the [page](page).
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A number that others add to. Nothing is concluded from two of them together, so that no order is needed between them.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many there are.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The upper ends of a histogram's buckets: a fast disk syncs in a tenth of a millisecond, a slow one in a tenth of a second.
const BOUNDS_US: [u64; 14] =
    [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

/// How many times something took how long.
#[derive(Debug, Default)]
pub struct Histogram {
    /// Each bucket's own; what is longer than all bounds is in the last.
    buckets: [Counter; BOUNDS_US.len() + 1],
    nanoseconds: Counter,
}

impl Histogram {
    /// Once more.
    pub fn observe(&self, duration: Duration) {
        let bucket = BOUNDS_US.partition_point(|bound| Duration::from_micros(*bound) < duration);
        self.buckets[bucket].add_one();
        self.nanoseconds.add(duration.as_nanos() as u64);
    }
}

/// How a request ended, from its client's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was refused, or had no sense for the state as it was.
    Error,
    /// Another node leads.
    Moved,
    /// No leader is known.
    NoLeader,
    /// It may have been executed, or not.
    Unknown,
}

impl Outcome {
    const ALL: [(Outcome, &'static str); 5] = [
        (Outcome::Ok, "ok"),
        (Outcome::Error, "error"),
        (Outcome::Moved, "moved"),
        (Outcome::NoLeader, "no_leader"),
        (Outcome::Unknown, "unknown"),
    ];

    /// The outcome that this reply tells, by the first word of its error.
    pub fn of(reply: &Reply) -> Outcome {
        let Reply::Error(line) = reply else { return Outcome::Ok };
        match line.split(' ').next() {
            Some("MOVED") => Outcome::Moved,
            Some("CLUSTERDOWN") => Outcome::NoLeader,
            Some("UNKNOWN") => Outcome::Unknown,
            _ => Outcome::Error,
        }
    }
}

/// What the driver counts. It owns them, so that they are plain numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct DriverCounts {
    /// Elections in which this node stood.
    pub elections: u64,
    /// How often it came to know another leader.
    pub leader_changes: u64,
    /// Entries of the log that were applied.
    pub applied: u64,
    /// Reads that were answered once it was certain that they see the latest state.
    pub reads: u64,
    /// Reads that were answered from whatever state the node had.
    pub stale_reads: u64,
    /// Messages from peers.
    pub messages: u64,
}

/// What everybody else counts.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Connections of clients that were accepted.
    pub clients_accepted: Counter,
    /// Those that are over.
    pub clients_gone: Counter,
    /// Clients that were refused: too many were connected.
    pub clients_refused: Counter,
    /// Clients that were disconnected because they did not read.
    pub clients_cut_off: Counter,
    requests: [Counter; Outcome::ALL.len()],
    /// Frames of peers that were damaged, or no frames.
    pub frames_rejected: Counter,
    /// The durations of syncs, of files and directories.
    pub syncs: Histogram,
}

impl Metrics {
    /// A client's request has got its reply.
    pub fn count_request(&self, reply: &Reply) {
        self.requests[Outcome::of(reply) as usize].add_one();
    }

    /// How many clients are connected.
    pub fn clients(&self) -> u64 {
        // In this order, so that the difference is not below zero.
        let gone = self.clients_gone.get();
        self.clients_accepted.get() - gone
    }
}

/// All metrics of a node.
pub fn page(own: NodeId, status: &NodeStatus, metrics: &Metrics) -> String {
    let mut page = Page(String::with_capacity(8 << 10));
    let (raft, counts) = (&status.raft, &status.counts);

    page.head("node_info", "gauge", "The node's name and version.");
    page.sample("node_info", &[("name", &own.to_string()), ("version", env!("CARGO_PKG_VERSION"))], 1);

    page.head("raft_role", "gauge", "1 for the role that the node has.");
    for role in [Role::Follower, Role::PreCandidate, Role::Candidate, Role::Leader] {
        page.sample("raft_role", &[("role", role.name())], u64::from(raft.role == role));
    }
    page.gauge("raft_term", "The current term.", raft.term.0);
    page.gauge("raft_has_leader", "Whether the node knows a leader.", u64::from(raft.leader.is_some()));
    page.gauge("raft_commit_index", "Everything up to here is committed, as far as the node knows.", raft.commit.0);
    page.gauge("raft_applied_index", "Everything up to here is applied.", status.applied.0);
    page.gauge("raft_last_index", "The end of the log.", raft.last.index.0);
    page.gauge("raft_snapshot_index", "Up to here a snapshot has taken the log's place.", raft.snapshot.0);
    page.gauge("raft_log_entries", "Entries behind the snapshot.", raft.last.index.0.saturating_sub(raft.snapshot.0));
    page.head("raft_members", "gauge", "Members of the cluster, by whether they vote.");
    let is_voter = |member: &NodeId| raft.configuration.is_voter(*member);
    let (voters, learners): (Vec<_>, Vec<_>) = raft.configuration.members().into_iter().partition(is_voter);
    page.sample("raft_members", &[("kind", "voter")], voters.len());
    page.sample("raft_members", &[("kind", "learner")], learners.len());
    page.counter("raft_elections_total", "Elections in which the node stood.", counts.elections);
    page.counter("raft_leader_changes_total", "How often the node came to know another leader.", counts.leader_changes);
    page.counter("raft_entries_applied_total", "Entries of the log that were applied.", counts.applied);

    page.head("reads_total", "counter", "Reads that were answered, by what they promise.");
    page.sample("reads_total", &[("consistency", "linearizable")], counts.reads);
    page.sample("reads_total", &[("consistency", "stale")], counts.stale_reads);

    page.counter("messages_received_total", "Messages from other nodes.", counts.messages);
    page.counter(
        "frames_rejected_total",
        "Frames of other nodes that were damaged on their way.",
        metrics.frames_rejected.get(),
    );
    page.links(&status.links);
    page.histogram("disk_sync_seconds", "How long syncs of files and directories took.", &metrics.syncs);

    page.gauge("clients_connected", "Clients that are connected.", metrics.clients());
    page.counter("clients_accepted_total", "Clients that were accepted.", metrics.clients_accepted.get());
    page.counter(
        "clients_refused_total",
        "Clients that were refused: --clients-max were connected.",
        metrics.clients_refused.get(),
    );
    page.counter(
        "clients_cut_off_total",
        "Clients that were disconnected: they did not read their replies.",
        metrics.clients_cut_off.get(),
    );
    page.head("requests_total", "counter", "Requests that were replied to, by outcome.");
    for (outcome, name) in Outcome::ALL {
        page.sample("requests_total", &[("outcome", name)], metrics.requests[outcome as usize].get());
    }
    if let Reply::Integer(keys) = status.keys {
        page.gauge("keys", "Keys in the store.", keys.unsigned_abs());
    }
    page.gauge("sessions", "Client sessions that are open.", status.sessions as u64);
    page.0
}

/// The text under way. All names get the prefix `whitewater_`.
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP whitewater_{name} {help}\n# TYPE whitewater_{name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let _ = write!(self.0, "whitewater_{name}");
        for (number, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if number == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.head(name, "counter", help);
        self.sample(name, &[], value);
    }

    fn links(&mut self, links: &BTreeMap<NodeId, Arc<LinkCounts>>) {
        type Read = fn(&LinkCounts) -> u64;
        let families: [(&str, &str, &str, Read); 4] = [
            ("peer_connected", "gauge", "Whether there is a connection to the peer.", LinkCounts::connected),
            (
                "peer_messages_sent_total",
                "counter",
                "Messages that were given to a connection to the peer.",
                LinkCounts::sent,
            ),
            (
                "peer_messages_dropped_total",
                "counter",
                "Messages that were not: too much waited, or there was no connection.",
                LinkCounts::dropped,
            ),
            ("peer_sent_bytes_total", "counter", "Bytes that were sent to the peer.", LinkCounts::bytes),
        ];
        for (name, kind, help, read) in families {
            if !links.is_empty() {
                self.head(name, kind, help);
            }
            for (peer, counts) in links {
                self.sample(name, &[("peer", &peer.to_string())], read(counts));
            }
        }
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        let mut count = 0;
        for (bound, observed) in BOUNDS_US.iter().zip(&histogram.buckets) {
            count += observed.get();
            self.sample(&bucket, &[("le", &(*bound as f64 / 1e6).to_string())], count);
        }
        count += histogram.buckets[BOUNDS_US.len()].get();
        self.sample(&bucket, &[("le", "+Inf")], count);
        self.sample(&format!("{name}_sum"), &[], histogram.nanoseconds.get() as f64 / 1e9);
        self.sample(&format!("{name}_count"), &[], count);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A page, taken apart: each family's type, and each sample's value by its name and labels.
    #[derive(Debug, Default)]
    pub struct Parsed {
        pub types: BTreeMap<String, String>,
        pub samples: BTreeMap<(String, Vec<(String, String)>), f64>,
    }

    impl Parsed {
        /// The value of the one sample with this name, of which the labels have these values.
        pub fn value(&self, name: &str, labels: &[&str]) -> f64 {
            let mut found = self.samples.iter().filter(|((sample, pairs), _)| {
                sample.strip_prefix("whitewater_") == Some(name) && pairs.iter().map(|(_, value)| value).eq(labels)
            });
            let value = found.next().unwrap_or_else(|| panic!("no sample {name} {labels:?}: {self:?}")).1;
            assert!(found.next().is_none(), "{name} {labels:?} is not the only one");
            *value
        }

        /// The family of a sample.
        pub fn family<'a>(&self, sample: &'a str) -> &'a str {
            let suffixes = ["_bucket", "_sum", "_count"];
            let base = suffixes.iter().find_map(|suffix| sample.strip_suffix(suffix));
            base.filter(|base| self.types.get(*base).is_some_and(|kind| kind == "histogram")).unwrap_or(sample)
        }
    }

    fn is_name(name: &str) -> bool {
        !name.starts_with(|first: char| first.is_ascii_digit())
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// Labels as `a="b",c="d"}` up to the brace, and what follows it.
    fn labels(mut text: &str) -> (Vec<(String, String)>, &str) {
        let mut labels = Vec::new();
        loop {
            let (name, rest) = text.split_once("=\"").expect("a label and a quotation mark");
            assert!(is_name(name), "{name}");
            let mut value = String::new();
            let mut letters = rest.char_indices();
            let end = loop {
                match letters.next().expect("the value ends").1 {
                    '"' => break letters.offset(),
                    '\\' => value.push(match letters.next().expect("something is escaped").1 {
                        'n' => '\n',
                        letter @ ('"' | '\\') => letter,
                        other => panic!("\\{other} is no escape"),
                    }),
                    letter => value.push(letter),
                }
            };
            labels.push((name.to_owned(), value));
            match rest[end..].split_at(1) {
                (",", more) => text = more,
                ("}", more) => return (labels, more),
                other => panic!("{other:?} after a label"),
            }
        }
    }

    /// Reads a page, and panics at anything that the format does not allow.
    pub fn parse(page: &str) -> Parsed {
        let mut parsed = Parsed::default();
        let mut family: Option<&str> = None;
        let mut lines = page.strip_suffix('\n').expect("the last line ends").split('\n');
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, text) = help.split_once(' ').expect("a name and a text");
                assert!(!text.is_empty() && !text.contains('\\'), "{line}");
                let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
                let kind = kind.and_then(|rest| rest.strip_prefix(name)).expect("the type comes next").trim_start();
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{kind}");
                assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
                assert!(parsed.types.insert(name.to_owned(), kind.to_owned()).is_none(), "{name} comes twice");
                family = Some(name);
                continue;
            }
            let end = line.find(['{', ' ']).expect("a sample has a value");
            let name = &line[..end];
            assert!(is_name(name), "{line}");
            assert_eq!(Some(parsed.family(name)), family, "{line} is under another family's head");
            let (labels, value) = match line[end..].strip_prefix('{') {
                Some(rest) => labels(rest),
                None => (Vec::new(), &line[end..]),
            };
            let value = value.strip_prefix(' ').expect("a space").parse::<f64>().expect("a number");
            assert!(parsed.samples.insert((name.to_owned(), labels), value).is_none(), "{line} comes twice");
        }
        for (name, kind) in &parsed.types {
            assert!(parsed.samples.keys().any(|(sample, _)| parsed.family(sample) == name), "{name} has no sample");
            if kind == "histogram" {
                check_histogram(&parsed, name);
            }
        }
        parsed
    }

    fn check_histogram(parsed: &Parsed, name: &str) {
        let bucket = format!("{name}_bucket");
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for ((_, labels), count) in parsed.samples.iter().filter(|((sample, _), _)| *sample == bucket) {
            assert!(labels.len() == 1 && labels[0].0 == "le", "{labels:?}");
            buckets.push((labels[0].1.parse().expect("a bound"), *count));
        }
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        assert!(buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1), "{buckets:?}");
        let count = parsed.samples[&(format!("{name}_count"), Vec::new())];
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, count)));
        assert!(parsed.samples.contains_key(&(format!("{name}_sum"), Vec::new())));
    }

    #[test]
    fn any_label_can_be_read_back() {
        let mut page = Page(String::new());
        page.head("odd", "gauge", "Odd labels.");
        let odd = "a \"b\" \\n c\\ \n {},=é";
        page.sample("odd", &[("one", odd), ("other", "")], 1);
        assert_eq!(page.0.lines().count(), 3);
        assert_eq!(parse(&page.0).value("odd", &[odd, ""]), 1.0);
    }

    #[test]
    fn histogram_has_each_duration_in_its_bucket() {
        let histogram = Histogram::default();
        for micros in [0, 50, 51, 1_000_000, 1_000_001, 7_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let mut page = Page(String::new());
        page.histogram("h", "How long.", &histogram);
        let parsed = parse(&page.0);
        let rows = [("0.00005", 2.0), ("0.0001", 3.0), ("0.5", 3.0), ("1", 4.0), ("+Inf", 6.0)];
        for (bound, count) in rows {
            assert_eq!(parsed.value("h_bucket", &[bound]), count, "{bound}");
        }
        assert_eq!(parsed.value("h_count", &[]), 6.0);
        assert!((parsed.value("h_sum", &[]) - 9.000_102).abs() < 1e-9);
    }

    #[test]
    fn replies_are_counted_by_what_they_tell() {
        let rows = [
            (Reply::Ok, Outcome::Ok),
            (Reply::Nil, Outcome::Ok),
            (Reply::Error("ERR syntax error".into()), Outcome::Error),
            (Reply::Error("MOVED 0 127.0.0.1:6379".into()), Outcome::Moved),
            (Reply::Error("CLUSTERDOWN no leader is known; not executed".into()), Outcome::NoLeader),
            (Reply::Error("UNKNOWN the node is stopping".into()), Outcome::Unknown),
        ];
        for (reply, outcome) in rows {
            assert_eq!(Outcome::of(&reply), outcome, "{reply:?}");
        }
    }
}
