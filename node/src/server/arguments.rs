//! The command line of a node.

use super::{address::Peer, byte_size::ByteSize, log::LogFormat};
use crate::raft::{Bug, Bugs, NodeId, ReadMode};
use std::{
    net::SocketAddr,
    path::PathBuf,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// What a node is told when it starts.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// This node's name: `n` and a number
    #[arg(long, value_name = "NAME")]
    pub name: NodeId,
    /// The cluster's name, the same for all of its nodes; another cluster's messages are refused
    #[arg(long, value_name = "NAME", default_value = "whitewater")]
    pub cluster: String,
    /// Where its stable storage is; made if it is missing
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Where it listens to its peers
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7000")]
    pub listen: SocketAddr,
    /// Where it listens to clients
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6379")]
    pub client: SocketAddr,
    /// Another member: its name, where to send to it, and where it serves clients; once for each
    #[arg(long, value_name = "NAME=ADDRESS/CLIENT-ADDRESS")]
    pub peer: Vec<Peer>,
    /// Joins a cluster that exists: this node and its peers do not found one, and it waits for `RAFT ADD` at the leader
    #[arg(long)]
    pub join: bool,
    /// How to reach a node that may be added later, in place of the addresses that `RAFT ADD` says; once for each
    #[arg(long, value_name = "NAME=ADDRESS/CLIENT-ADDRESS")]
    pub route: Vec<Peer>,
    /// The shortest and the longest election timeout; each one is drawn between them
    #[arg(long, value_name = "MIN..MAX", default_value = "150ms..300ms")]
    pub election_timeout: DurationRange,
    /// The time between a leader's heartbeats
    #[arg(long, value_name = "DURATION", default_value = "50ms", value_parser = humantime::parse_duration)]
    pub heartbeat: Duration,
    /// What its random timeouts come from; differs from start to start if left out
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Where it answers `GET /metrics`; nowhere if left out
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<SocketAddr>,
    /// How many clients may be connected
    #[arg(long, value_name = "N", default_value = "4096", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub clients_max: u32,
    /// How many bytes of replies may wait for a client that does not read them
    #[arg(long, value_name = "BYTES", default_value = "64MiB")]
    pub client_output_bytes_max: ByteSize,
    /// How much log is applied before a snapshot takes its place: this much, or a quarter of the size of the last snapshot if
    /// that is more. An eighth of it stays in memory for followers that are a little behind
    #[arg(long, value_name = "BYTES", default_value = "64MiB")]
    pub snapshot_bytes: ByteSize,
    /// How reads are made linearizable: by asking a quorum, by the clock while a quorum is bound to this leader, or through the log
    #[arg(long, value_name = "index|lease|log", default_value = "index", value_parser = read_mode)]
    pub reads: ReadMode,
    /// How the log on standard error looks; the variable WHITEWATER_LOG says how much there is of it
    #[arg(long, value_name = "text|json", default_value = "text", value_enum)]
    pub log_format: LogFormat,
    /// Where to append a trace of its protocol, an event a line
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// A mistake to make, to see whether a test finds it; may be given several times
    #[arg(long, value_name = "NAME")]
    pub bug: Vec<Bug>,
    /// Obeys `FAULT`, by which any client may spoil its clock and its disk, and end it. What is not synced is held in the process
    #[arg(long)]
    pub allow_faults: bool,
}

impl Arguments {
    /// Whether the options fit together.
    pub(super) fn check(&self) -> Result<(), String> {
        let DurationRange { shortest, longest } = self.election_timeout;
        if self.heartbeat.is_zero() || self.heartbeat >= shortest {
            let (heartbeat, shortest) =
                (humantime::format_duration(self.heartbeat), humantime::format_duration(shortest));
            return Err(format!(
                "--heartbeat {heartbeat} is not between zero and the shortest election timeout, {shortest}"
            ));
        }
        if longest.as_millis() > u128::from(u32::MAX) {
            return Err(format!("--election-timeout: {} is too long", humantime::format_duration(longest)));
        }
        let mut names: Vec<NodeId> = self.given().map(|peer| peer.name).chain([self.name]).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let option = if self.route.iter().any(|route| route.name == pair[0]) { "route" } else { "peer" };
            return Err(format!("--{option} {} is named twice, or is this node itself", pair[0]));
        }
        if !self.bug.is_empty() && !cfg!(feature = "seeded-bugs") {
            return Err(format!("--bug {}: this program was built without seeded bugs", self.bug[0].name()));
        }
        if self.allow_faults && !cfg!(feature = "fault-injection") {
            return Err("--allow-faults: this program was built without fault injection".to_owned());
        }
        Ok(())
    }

    /// The voters of the cluster's first configuration; none if it exists already.
    pub(super) fn founders(&self) -> Vec<NodeId> {
        match self.join {
            true => Vec::new(),
            false => std::iter::once(self.name).chain(self.peer.iter().map(|peer| peer.name)).collect(),
        }
    }

    /// The other nodes whose addresses are given.
    pub(super) fn given(&self) -> impl Iterator<Item = Peer> {
        self.peer.iter().chain(&self.route).copied()
    }

    pub(super) fn bugs(&self) -> Bugs {
        self.bug.iter().copied().collect()
    }

    /// Two nodes must not draw the same timeouts, nor a node the same ones after each restart.
    pub(super) fn own_seed(&self) -> u64 {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
        time ^ self.name.0.rotate_left(32) ^ u64::from(std::process::id())
    }
}

/// A way to make reads linearizable, by its name.
///
/// # Errors
/// If there is none of this name.
pub fn read_mode(text: &str) -> Result<ReadMode, String> {
    let found = READ_MODES.iter().find(|(name, _)| *name == text);
    found.map(|(_, mode)| *mode).ok_or_else(|| {
        let names: Vec<_> = READ_MODES.iter().map(|(name, _)| *name).collect();
        format!("`{text}` is no way to read; there are {}", names.join(", "))
    })
}

/// The name of one.
pub(super) fn read_mode_name(mode: ReadMode) -> &'static str {
    READ_MODES.iter().find(|(_, known)| *known == mode).map_or("", |(name, _)| name)
}

const READ_MODES: [(&str, ReadMode); 3] =
    [("index", ReadMode::Index), ("lease", ReadMode::Lease), ("log", ReadMode::Log)];

/// Two durations, written `150ms..300ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationRange {
    shortest: Duration,
    longest: Duration,
}

impl DurationRange {
    pub(super) fn in_ms(self) -> (u64, u64) {
        (self.shortest.as_millis() as u64, self.longest.as_millis() as u64)
    }
}

impl FromStr for DurationRange {
    type Err = String;

    fn from_str(text: &str) -> Result<DurationRange, String> {
        let (shortest, longest) =
            text.split_once("..").ok_or_else(|| format!("`{text}` is not of the form 150ms..300ms"))?;
        let parse = |text: &str| humantime::parse_duration(text.trim()).map_err(|error| format!("`{text}`: {error}"));
        let (shortest, longest) = (parse(shortest)?, parse(longest)?);
        if shortest.is_zero() || shortest > longest {
            return Err(format!("`{text}` does not go from a shorter time above zero to a longer one"));
        }
        Ok(DurationRange { shortest, longest })
    }
}
