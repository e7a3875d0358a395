//! The commands of a story. What each does is written in `node/tests/stories/README.md`.

use crate::{
    cluster::Cluster,
    tell::{List, Members},
    traffic::{links, traffic},
};
use node::raft::{Config, Configuration, EntryId, HardState, NodeId, ReadMode, Term};

/// Executes a command, and returns what there is to tell.
pub fn execute(world: &mut Option<Cluster>, command: &str) -> Result<Vec<String>, String> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let Some((&verb, words)) = words.split_first() else { return Err("an empty command".to_owned()) };
    if verb == "cluster" {
        *world = Some(found(words)?);
        return Ok(Vec::new());
    }
    let cluster = world.as_mut().ok_or("a story begins with `cluster`")?;
    match verb {
        "deliver" | "drop" | "duplicate" | "reverse" | "network" => traffic(cluster, verb, words)?,
        "partition" | "cut" | "heal" => links(cluster, verb, words)?,
        "status" | "log" | "disk" => show(cluster, verb, words)?,
        "given" => given(cluster, words)?,
        "change" | "add" | "promote" | "demote" | "remove" | "replace" => change(cluster, verb, words)?,
        "snapshot" => {
            let (id, options) = node_first(cluster, words)?;
            let applied = cluster.nodes[&id].applied.len() as u64;
            let through = options.first().map_or(Ok(applied), |through| number(Some(through)))?;
            cluster.snapshot(id, through as usize);
        }
        "transfer" => match nodes(cluster, words)?[..] {
            [from, to] => cluster.transfer(from, to),
            _ => return Err("from whom, and to whom?".to_owned()),
        },
        "settle" => cluster.settle(),
        "run" => cluster.run(number(words.first())?),
        "propose" => {
            let (id, commands) = node_first(cluster, words)?;
            cluster.propose(id, commands);
        }
        "crash" => {
            let (id, options) = node_first(cluster, words)?;
            let kept = options.first().and_then(|word| word.strip_prefix("kept="));
            cluster.crash(id, kept.map_or(Ok(0), |kept| number(Some(&kept)).map(|kept| kept as usize))?);
        }
        "persist" => {
            let (id, options) = node_first(cluster, words)?;
            let count = options.first().map_or(Ok(u64::MAX), |count| number(Some(count)))?;
            cluster.persist(id, usize::try_from(count).unwrap_or(usize::MAX));
        }
        "report" => {
            let (id, options) = node_first(cluster, words)?;
            cluster.report(id, number(options.first())?);
        }
        "tick" => {
            let (&ticks, ids) = words.split_last().ok_or("who, and how long?")?;
            let ticks = number(Some(&ticks))?;
            nodes(cluster, ids)?.into_iter().for_each(|id| cluster.tick(id, ticks));
        }
        _ => {
            for id in nodes(cluster, words)? {
                match verb {
                    "timeout" => cluster.time_out(id),
                    "elect" => cluster.elect(id),
                    "restart" => cluster.start(id),
                    "hold" => cluster.node(id).is_held = true,
                    "release" => {
                        cluster.node(id).is_held = false;
                        cluster.persist(id, usize::MAX);
                        cluster.receive(id);
                    }
                    "receive" => cluster.receive(id),
                    "read" => drop(cluster.read(id)),
                    "read-anywhere" => drop(cluster.read_anywhere(id)),
                    _ => return Err(format!("`{verb}` is no command")),
                }
            }
        }
    }
    Ok(std::mem::take(&mut cluster.trace))
}

/// `cluster 3 in-flight=2`
fn found(words: &[&str]) -> Result<Cluster, String> {
    let (size, options) = words.split_first().ok_or("how many nodes?")?;
    let mut settings = Config::new(NodeId(1), Vec::new());
    let (mut spare, mut chunk_bytes) = (0, usize::MAX);
    for option in options {
        let (name, text) = option.split_once('=').ok_or(format!("`{option}` is no option"))?;
        if name == "reads" {
            settings.reads = match text {
                "lease" => ReadMode::Lease,
                "log" => ReadMode::Log,
                _ => return Err(format!("`{text}` is no way to read; there are lease and log")),
            };
            continue;
        }
        let value = number(Some(&text))? as usize;
        match name {
            "seed" => settings.seed = value as u64,
            "spare" => spare = value as u64,
            "in-flight" => settings.window.appends = value,
            "in-flight-bytes" => settings.window.bytes = value,
            "append-bytes" => settings.append_bytes_max = value,
            "apply-bytes" => settings.committed_bytes_max = value,
            "uncommitted-bytes" => settings.uncommitted_bytes_max = value,
            "chunk-bytes" => chunk_bytes = value,
            "kept" => settings.log_bytes_kept = value,
            "lag" => settings.promotion_lag_max = value as u64,
            _ => return Err(format!("`{name}` is no option")),
        }
    }
    let mut cluster = Cluster::with_spare(number(Some(size))?, spare, |config| {
        *config = Config { founders: config.founders.clone(), ..settings };
    });
    cluster.chunk_bytes = chunk_bytes;
    Ok(cluster)
}

/// `given n2 term=3 vote=n1 log=1,1,2 compacted=1`
fn given(cluster: &mut Cluster, words: &[&str]) -> Result<(), String> {
    let (id, options) = node_first(cluster, words)?;
    let (mut hard_state, mut log, mut compacted) = (HardState::default(), Vec::new(), 0);
    for option in options {
        match option.split_once('=') {
            Some(("term", term)) => hard_state.term = Term(number(Some(&term))?),
            Some(("vote", vote)) => hard_state.vote = Some(vote.parse()?),
            Some(("log", terms)) => {
                log = terms.split(',').map(|term| number(Some(&term))).collect::<Result<_, _>>()?;
            }
            Some(("compacted", count)) => compacted = number(Some(&count))? as usize,
            _ => return Err(format!("`{option}` is nothing that a node is given")),
        }
    }
    cluster.given(id, hard_state, &log, compacted);
    Ok(())
}

/// `add n4 n5`, `promote n4`, `demote n3`, `remove n3`, `replace n3 n4`: the leader is asked. `change n2 voters=n1,n2 learners=n3`:
/// this node is.
fn change(cluster: &mut Cluster, verb: &str, words: &[&str]) -> Result<(), String> {
    if verb == "change" {
        let (asked, options) = node_first(cluster, words)?;
        let mut target = Configuration::default();
        for option in options {
            let (name, ids) = option.split_once('=').ok_or(format!("`{option}` is no part of a configuration"))?;
            let ids = nodes(cluster, &ids.split(',').collect::<Vec<_>>())?;
            match name {
                "voters" => target.voters.extend(ids),
                "learners" => target.learners.extend(ids),
                _ => return Err(format!("`{name}` is no part of a configuration; there are voters and learners")),
            }
        }
        let _ = cluster.change(asked, &target);
        return Ok(());
    }
    let leader = cluster.leader().ok_or("nobody leads; say `change` and whom to ask")?;
    let mut target = cluster.raft(leader).configuration().clone();
    let ids = nodes(cluster, words)?;
    for (position, &id) in ids.iter().enumerate() {
        target = match verb {
            "add" => target.with_learner(id, String::new()),
            "promote" => target.promoted(id),
            "demote" => target.demoted(id),
            "replace" if position % 2 == 1 => target.promoted(id),
            _ => target.without(id),
        };
    }
    let _ = cluster.change(leader, &target);
    Ok(())
}

/// `status`, `log n2`, `disk n2`
fn show(cluster: &mut Cluster, verb: &str, words: &[&str]) -> Result<(), String> {
    let ids = if words.is_empty() { cluster.ids() } else { nodes(cluster, words)? };
    for id in ids {
        let node = &cluster.nodes[&id];
        let line = match &node.raft {
            _ if verb == "disk" => {
                let HardState { term, vote } = node.disk.hard_state;
                let vote = vote.map_or("-".to_owned(), |vote| vote.to_string());
                let after = after(node.disk.base);
                format!("{id}: term {term}, vote {vote}; {after}{}", List(&node.disk.entries))
            }
            None => format!("{id} is down"),
            Some(raft) if verb == "log" => {
                let log = raft.log();
                let (base, last) = (log.base(), log.last().index);
                let after = after(base);
                format!("{id}: {after}{}", List(log.slice(base.index.next(), last, usize::MAX)))
            }
            Some(raft) => {
                let status = raft.status();
                let leader = status.leader.map_or("-".to_owned(), |leader| leader.to_string());
                let (role, term, commit, last) = (status.role.name(), status.term, status.commit, status.last);
                let mut line = format!("{id} {role} term {term} leader {leader} commit {commit} last {last}");
                if status.snapshot.0 > 0 {
                    line += &format!(" snapshot {}", status.snapshot);
                }
                if status.configuration != cluster.template.founders {
                    line += &format!(" {}", Members(&status.configuration));
                }
                line
            }
        };
        cluster.trace.push(line.trim_end().to_owned());
    }
    Ok(())
}

/// What a log begins after, if that is worth a word.
fn after(base: EntryId) -> String {
    if base == EntryId::default() { String::new() } else { format!("after {base}: ") }
}

fn node_first<'a>(cluster: &Cluster, words: &'a [&'a str]) -> Result<(NodeId, &'a [&'a str]), String> {
    let (first, rest) = words.split_first().ok_or("which node?")?;
    Ok((nodes(cluster, &[first])?[0], rest))
}

pub fn nodes(cluster: &Cluster, words: &[&str]) -> Result<Vec<NodeId>, String> {
    let all = cluster.ids();
    if words == ["all"] {
        return Ok(all);
    }
    let named = words.iter().map(|word| {
        let id: NodeId = word.parse()?;
        if all.contains(&id) { Ok(id) } else { Err(format!("{id} is not in the cluster")) }
    });
    named.collect()
}

fn number(word: Option<&&str>) -> Result<u64, String> {
    let word = word.ok_or("a number is missing")?;
    word.parse().map_err(|_| format!("`{word}` is no number"))
}
