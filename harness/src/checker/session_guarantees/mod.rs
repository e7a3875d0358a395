//! What a client may expect of its own session, however far behind the copy is that it reads: the four session guarantees of
//! Terry, Demers, Petersen, Spreitzer, Theimer and Welch, "Session guarantees for weakly consistent replicated data" (1994),
//! here for each key by itself.
//!
//! All four say that of two operations of a session the later one does not meet an older version than the earlier one did:
//! - *monotonic reads*: a read, after a read;
//! - *read your writes*: a read, after a write;
//! - *monotonic writes*: a write, after a write;
//! - *writes follow reads*: a write, after a read.
//!
//! They differ in who promised what: a stale read breaks none of them, as long as nothing newer was seen before. Only where it
//! is certain which version is older (see [`super::versions`]) is anybody accused. Of writes that is where they are told their
//! place, as additions are told the sum; unique values that are written are in the order of real time by themselves.

mod lives;

use super::versions::{self, Access, Seen};
use super::{Budget, CheckResult, Checker, Record, Violation, Witness, WitnessOperation, WitnessOrder};
use crate::history::Operation;
use lives::Lives;
use std::collections::BTreeMap;

/// The name under which violations of the guarantees stand in the results.
const NAME: &str = "session-guarantees";

/// What a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sessions {
    /// All that a process does, whichever node answers. A process ends with its first unknown outcome.
    #[default]
    Processes,
    /// What a process does at one node, from one start of the node to the next. All that a connection says is in one session, and
    /// a new connection goes on with it.
    ProcessesAtNodes,
}

/// Judges registers with unique values, and counters that tell the sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionGuarantees {
    /// Whose guarantees.
    pub sessions: Sessions,
}

/// Whose session an operation is part of: the process, and the node with the number of its life.
type Session<'a> = (u64, Option<(&'a str, usize)>);

impl Checker for SessionGuarantees {
    fn name(&self) -> &'static str {
        NAME
    }

    fn summary(&self) -> &'static str {
        "no session meets an older version of a key than it has met before (four guarantees)"
    }

    fn check(&self, record: &Record, _budget: Budget) -> CheckResult {
        let keys = match versions::of(&record.operations) {
            Ok(keys) => keys,
            Err(reason) => return CheckResult::unfit(reason),
        };
        let lives = Lives::of(record);
        let mut violations = Vec::new();
        let (mut judged, mut sessions) = (0, 0);
        for (key, seen) in &keys {
            let mut by_session: BTreeMap<Session<'_>, Newest<'_>> = BTreeMap::new();
            for seen in seen {
                let Some(session) = self.session(&lives, seen.operation) else { continue };
                judged += 1;
                let newest = by_session.entry(session).or_default();
                violations.extend(newest.contradicted(seen).map(|earlier| accuse(key, session, earlier, seen)));
                newest.add(seen);
            }
            sessions += by_session.len() as u64;
        }
        let counts = [("keys", keys.len() as u64), ("sessions", sessions), ("operations", judged)];
        CheckResult::of(violations, counts, || {
            format!("no session met an older version of a key than before ({judged} operations, {} keys)", keys.len())
        })
    }
}

impl SessionGuarantees {
    /// Whose session it is part of; none if that is not certain.
    fn session<'a>(&self, lives: &Lives<'a>, operation: &'a Operation) -> Option<Session<'a>> {
        match self.sessions {
            Sessions::Processes => Some((operation.process, None)),
            Sessions::ProcessesAtNodes => Some((operation.process, Some(lives.of_operation(operation)?))),
        }
    }
}

/// The newest version that a session has read of a key, and the newest that it has written.
#[derive(Default)]
struct Newest<'a>(BTreeMap<Access, Seen<'a>>);

impl<'a> Newest<'a> {
    /// What the session has met before that is newer.
    fn contradicted(&self, later: &Seen<'a>) -> impl Iterator<Item = &Seen<'a>> {
        self.0.values().filter(|earlier| later.version.is_before(earlier.version))
    }

    fn add(&mut self, seen: &Seen<'a>) {
        let newest = self.0.entry(seen.access).or_insert(*seen);
        if newest.version.earliest < seen.version.earliest {
            *newest = *seen;
        }
    }
}

/// The guarantee that speaks of these two, and what it says.
fn guarantee(earlier: Access, later: Access) -> (&'static str, &'static str) {
    match (earlier, later) {
        (Access::Read, Access::Read) => {
            ("Monotonic Reads", "A session that has read a version reads this one or a newer one ever after.")
        }
        (Access::Write, Access::Read) => {
            ("Read Your Writes", "A session that has written a version reads this one or a newer one ever after.")
        }
        (Access::Write, Access::Write) => {
            ("Monotonic Writes", "What a session writes later takes its place behind what it wrote earlier.")
        }
        (Access::Read, Access::Write) => {
            ("Writes Follow Reads", "What a session writes takes its place behind what it has read before.")
        }
    }
}

fn accuse(key: &str, session: Session<'_>, earlier: &Seen<'_>, later: &Seen<'_>) -> Violation {
    let (property, says) = guarantee(earlier.access, later.access);
    let (process, node) = session;
    let at = node.map_or_else(String::new, |(node, _)| format!(" at {node}"));
    let ended = |seen: &Seen<'_>| super::explain::time(seen.operation.end_time.unwrap_or(seen.operation.call_time));
    let (began, before) = (super::explain::time(later.operation.call_time), ended(earlier));
    Violation {
        property: property.to_owned(),
        summary: format!(
            "process {process} {}{at} of `{key}` at {}, although it had {} there, over at {before}",
            later.text(),
            ended(later),
            earlier.text(),
        ),
        explanation: vec![
            says.to_owned(),
            format!("Process {process} {}{at}, and that was over at {before}.", earlier.text()),
            format!("At {began} it began an operation at the same place, which {}: an older version.", later.text()),
        ],
        time: later.operation.end_time,
        witness: Witness::Operations {
            key: key.to_owned(),
            initial: "nil".to_owned(),
            minimal: true,
            operations: [earlier, later].map(|seen| WitnessOperation::of(seen.operation, seen.text())).into(),
            context: Vec::new(),
            order: WitnessOrder::default(),
        },
    }
}
