//! The commands of a story that are about messages and links.

use crate::{
    cluster::{Cluster, Detail},
    language::nodes,
};
use node::raft::{Body, Message, NodeId};

/// `deliver n1->n2 Append first`
pub fn traffic(cluster: &mut Cluster, verb: &str, words: &[&str]) -> Result<(), String> {
    let is_once = words.contains(&"once") || words.contains(&"first") || words.contains(&"last");
    match verb {
        "deliver" => {
            cluster.detail = if is_once { Detail::Full } else { Detail::Deliveries };
            let mut count = 0;
            while let chosen = choose(cluster, words)?
                && !chosen.is_empty()
            {
                // From the back, so that positions stay true; then in the order of sending.
                let messages: Vec<Message> = chosen.iter().rev().filter_map(|&at| cluster.network.remove(at)).collect();
                messages.into_iter().rev().for_each(|message| cluster.deliver(message));
                count += 1;
                if is_once {
                    break;
                }
                assert!(count < 1_000, "the nodes do not stop talking");
            }
            cluster.detail = Detail::Full;
        }
        "drop" => {
            for at in choose(cluster, words)?.into_iter().rev() {
                cluster.network.remove(at);
            }
        }
        "duplicate" => {
            let copies: Vec<Message> =
                choose(cluster, words)?.into_iter().map(|at| cluster.network[at].clone()).collect();
            cluster.network.extend(copies);
        }
        "reverse" => {
            let chosen = choose(cluster, words)?;
            let messages: Vec<Message> = chosen.iter().map(|&at| cluster.network[at].clone()).collect();
            for (&at, message) in chosen.iter().rev().zip(messages) {
                cluster.network[at] = message;
            }
        }
        _ => {
            let lines = choose(cluster, words)?.into_iter().map(|at| format!("  {}", cluster.network[at]));
            cluster.trace = lines.collect();
        }
    }
    Ok(())
}

/// The messages under way that are meant: by link (`n1->n2`, `n1->`, `->n2`, `n1<->n2`), by kind (`Append`), the `first` or the `last`.
fn choose(cluster: &Cluster, words: &[&str]) -> Result<Vec<usize>, String> {
    let mut chosen: Vec<usize> = (0..cluster.network.len()).collect();
    for word in words {
        match *word {
            "once" | "first" | "last" => {}
            _ if word.contains("->") => {
                let is_meant = |(from, to): (Option<NodeId>, Option<NodeId>), message: &Message| {
                    from.is_none_or(|from| from == message.from) && to.is_none_or(|to| to == message.to)
                };
                let (there, back) = links_of(word)?;
                chosen.retain(|&at| {
                    let message = &cluster.network[at];
                    is_meant(there, message) || back.is_some_and(|back| is_meant(back, message))
                });
            }
            _ => {
                if !KINDS.contains(word) {
                    return Err(format!("`{word}` is no kind of message"));
                }
                chosen.retain(|&at| kind(&cluster.network[at].body) == *word);
            }
        }
    }
    if words.contains(&"first") {
        chosen.truncate(1);
    } else if words.contains(&"last") {
        chosen.drain(..chosen.len().saturating_sub(1));
    }
    Ok(chosen)
}

const KINDS: [&str; 12] = [
    "PreVote",
    "PreVoteResponse",
    "Vote",
    "VoteResponse",
    "Append",
    "AppendAccepted",
    "AppendRejected",
    "TimeoutNow",
    "Chunk",
    "ChunkTaken",
    "ReadIndex",
    "ReadIndexResponse",
];

fn kind(body: &Body) -> &'static str {
    let position = match body {
        Body::PreVote { .. } => 0,
        Body::PreVoteResponse { .. } => 1,
        Body::Vote { .. } => 2,
        Body::VoteResponse { .. } => 3,
        Body::Append { .. } => 4,
        Body::AppendAccepted { .. } => 5,
        Body::AppendRejected { .. } => 6,
        Body::TimeoutNow => 7,
        Body::Chunk { .. } => 8,
        Body::ChunkTaken { .. } => 9,
        Body::ReadIndex { .. } => 10,
        Body::ReadIndexResponse { .. } => 11,
    };
    KINDS[position]
}

/// `partition n1 n2 | n3`, `cut n1->n2`, `heal`
pub fn links(cluster: &mut Cluster, verb: &str, words: &[&str]) -> Result<(), String> {
    let ids = cluster.ids();
    match verb {
        "heal" => cluster.cut.clear(),
        "cut" => {
            for word in words {
                let (there, back) = links_of(word)?;
                for (from, to) in back.into_iter().chain([there]) {
                    let pairs = ids.iter().flat_map(|&a| ids.iter().map(move |&b| (a, b)));
                    let is_meant = |a, b| a != b && from.is_none_or(|from| from == a) && to.is_none_or(|to| to == b);
                    cluster.cut.extend(pairs.filter(|&(a, b)| is_meant(a, b)));
                }
            }
        }
        _ => {
            let sides = words.split(|&word| word == "|").map(|side| nodes(cluster, side));
            let sides: Vec<Vec<NodeId>> = sides.collect::<Result<_, _>>()?;
            for &from in &ids {
                for &to in &ids {
                    if from != to && !sides.iter().any(|side| side.contains(&from) && side.contains(&to)) {
                        cluster.cut.insert((from, to));
                    }
                }
            }
        }
    }
    Ok(())
}

/// A link; a side left out is everybody.
type Link = (Option<NodeId>, Option<NodeId>);

/// `n1->n2`, or `n1<->n2` for both directions.
fn links_of(word: &str) -> Result<(Link, Option<Link>), String> {
    match word.split_once("<->") {
        None => Ok((link(word)?, None)),
        Some((one, other)) => {
            let (one, other) = link(&format!("{one}->{other}"))?;
            Ok(((one, other), Some((other, one))))
        }
    }
}

fn link(word: &str) -> Result<Link, String> {
    let (from, to) = word.split_once("->").ok_or(format!("`{word}` is no link"))?;
    let side = |name: &str| if name.is_empty() { Ok(None) } else { name.parse().map(Some) };
    Ok((side(from)?, side(to)?))
}
