//! What a run's exit code is, and why.

use crate::{
    checker::{
        CheckResult, Verdict,
        judge::{is_gate, is_trouble},
    },
    history::{Effect, Fault},
};
use std::collections::BTreeMap;

/// The name under which the check of our own record stands: to fail it accuses the harness, not the system.
pub(super) const RECORD: &str = "record";
/// The name under which deaths of nodes that nobody killed stand.
pub(super) const PROCESSES: &str = "processes";

/// The name under which the check of what our own proxies did stands.
pub(super) const NETWORK: &str = "network";

/// What the exit code is a function of.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// What the checkers found.
    pub checkers: &'a BTreeMap<String, CheckResult>,
    /// The nemeses that were asked for.
    pub nemeses: &'a [String],
    /// Whether each was asked for by its name, and has to take effect. Of `all`, or a swarm, one is enough.
    pub are_named: bool,
    /// The faults, with their evidence.
    pub faults: &'a [Fault],
    /// Whether any operation succeeded.
    pub served: bool,
    /// Why the cluster did not come up, or did not serve again after everything had been healed.
    pub not_recovered: Option<&'a str>,
    /// Whether the user ended the run.
    pub interrupted: bool,
    /// What went wrong in the harness or the machine, so that the run ended before its time.
    pub trouble: Option<&'a str>,
}

/// The documented exit code of a run, and the reason in one sentence. What a violation shows is never masked by anything
/// else; after that the worst wins: trouble, 130, a broken record, 2, 3, 4, 0.
pub fn exit_code(findings: &Findings<'_>) -> (i32, String) {
    let found = |verdict, names: &dyn Fn(&str) -> bool| {
        let mut results = findings.checkers.iter();
        results.find(|(name, result)| result.verdict == verdict && names(name)).map(|(name, result)| said(name, result))
    };
    let is_safety = |name: &str| !is_gate(name) && name != RECORD;
    if let Some(reason) = found(Verdict::Invalid, &is_safety) {
        return (1, reason);
    }
    if let Some(trouble) = findings.trouble {
        return (255, format!("{trouble}; nothing was violated until then"));
    }
    if findings.interrupted {
        return (130, "interrupted; nothing was violated until then".to_string());
    }
    if let Some(reason) = found(Verdict::Invalid, &|name| name == RECORD) {
        return (255, reason);
    }
    if let Some((name, result)) = findings.checkers.iter().find(|(_, result)| is_trouble(result)) {
        return (255, said(name, result));
    }
    if let Some(reason) = found(Verdict::Unknown, &|_| true) {
        return (2, reason);
    }
    if let Some(reason) = findings.not_recovered {
        return (3, reason.to_string());
    }
    if let Some(reason) = found(Verdict::Invalid, &is_gate) {
        return (3, reason);
    }
    if !findings.served {
        return (4, "no operation succeeded: nothing was tested".to_string());
    }
    let absent = without_effect(findings.nemeses, findings.faults);
    let are_enough = !findings.are_named && absent.len() < findings.nemeses.len();
    if let (Some(nemesis), false) = (absent.first(), are_enough) {
        return (4, format!("no fault of nemesis {nemesis} took effect: nothing was tested"));
    }
    (0, "every checker found the run valid, and every gate was met".to_string())
}

/// The nemeses none of whose faults is known to have taken effect.
pub(super) fn without_effect<'a>(nemeses: &'a [String], faults: &[Fault]) -> Vec<&'a str> {
    let took_effect = |nemesis: &str| {
        faults.iter().any(|fault| fault.nemesis == nemesis && fault.evidence.effect == Effect::Installed)
    };
    nemeses.iter().map(String::as_str).filter(|nemesis| !took_effect(nemesis)).collect()
}

fn said(name: &str, result: &CheckResult) -> String {
    let summary = result.violations.first().map_or(&result.summary, |violation| &violation.summary);
    format!("{name}: {summary}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker::{judge::BREAKDOWNS, linearizability::CONTRADICTIONS};
    use crate::history::Evidence;

    fn fault(nemesis: &str, effect: Effect) -> Fault {
        let evidence = Evidence { effect, ..Evidence::default() };
        Fault { nemesis: nemesis.to_string(), evidence, ..Fault::default() }
    }

    /// A situation; the rest of it is as in a good run.
    #[derive(Clone, Copy, Default)]
    struct Situation<'a> {
        verdicts: &'a [(&'a str, Verdict)],
        kill: Option<Effect>,
        is_swarm: bool,
        unserved: bool,
        not_recovered: bool,
        interrupted: bool,
        trouble: bool,
    }

    fn code(situation: Situation<'_>) -> (i32, String) {
        let result = |&(name, verdict): &(&str, Verdict)| {
            (name.to_string(), CheckResult { verdict, summary: format!("says {verdict}"), ..CheckResult::default() })
        };
        let checkers = situation.verdicts.iter().map(result).collect();
        let kill = situation.kill.unwrap_or(Effect::Installed);
        exit_code(&Findings {
            checkers: &checkers,
            nemeses: &["partition".to_string(), "kill".to_string()],
            are_named: !situation.is_swarm,
            faults: &[fault("partition", Effect::Skipped), fault("partition", Effect::Installed), fault("kill", kill)],
            served: !situation.unserved,
            not_recovered: situation.not_recovered.then_some("the cluster did not serve again"),
            interrupted: situation.interrupted,
            trouble: situation.trouble.then_some("the disk is full"),
        })
    }

    #[test]
    fn the_worst_finding_decides() {
        use Verdict::{Invalid, Unknown, Valid};
        let good =
            Situation { verdicts: &[("linearizability", Valid), ("availability", Valid)], ..Situation::default() };
        let all = Situation {
            verdicts: &[
                ("availability", Invalid),
                ("linearizability", Invalid),
                ("raft", Unknown),
                ("record", Invalid),
            ],
            kill: Some(Effect::Indeterminate),
            is_swarm: false,
            unserved: true,
            not_recovered: true,
            interrupted: true,
            trouble: true,
        };
        let record = [("availability", Invalid), ("raft", Unknown), ("record", Invalid)];
        let table = [
            (0, good),
            (1, Situation { verdicts: &[("raft", Invalid)], ..good }),
            (1, Situation { verdicts: &[("processes", Invalid)], ..good }),
            (1, all),
            (255, Situation { verdicts: &record, ..all }),
            (255, Situation { trouble: true, ..good }),
            (130, Situation { verdicts: &record, trouble: false, ..all }),
            (255, Situation { verdicts: &record, interrupted: false, trouble: false, ..all }),
            (2, Situation { verdicts: &record[..2], interrupted: false, trouble: false, ..all }),
            (2, Situation { verdicts: &[("linearizability", Unknown)], ..good }),
            (3, Situation { verdicts: &record[..1], interrupted: false, trouble: false, ..all }),
            (3, Situation { verdicts: &record[..1], ..good }),
            (3, Situation { verdicts: &[("elections", Invalid)], ..good }),
            (3, Situation { not_recovered: true, unserved: true, ..good }),
            (4, Situation { unserved: true, ..good }),
            (4, Situation { kill: Some(Effect::Indeterminate), ..good }),
            (4, Situation { kill: Some(Effect::Skipped), ..good }),
            (0, Situation { kill: Some(Effect::Skipped), is_swarm: true, ..good }),
        ];
        for (row, (expected, situation)) in table.into_iter().enumerate() {
            let (code, reason) = code(situation);
            assert_eq!(code, expected, "row {row}: {reason}");
        }
    }

    #[test]
    fn a_checker_that_contradicts_itself_or_breaks_down_gives_no_verdict() {
        let code = |count: &str, other| {
            let broken = CheckResult {
                verdict: Verdict::Unknown,
                summary: format!("has {count}"),
                counts: BTreeMap::from([(count.to_string(), 1)]),
                ..CheckResult::default()
            };
            let other = CheckResult { verdict: other, summary: "has looked".to_string(), ..CheckResult::default() };
            let checkers = BTreeMap::from([("linearizability".to_string(), broken), ("raft".to_string(), other)]);
            exit_code(&Findings {
                checkers: &checkers,
                nemeses: &[],
                are_named: true,
                faults: &[],
                served: true,
                not_recovered: None,
                interrupted: false,
                trouble: None,
            })
        };
        for count in [CONTRADICTIONS, BREAKDOWNS] {
            assert_eq!(code(count, Verdict::Valid), (255, format!("linearizability: has {count}")));
            assert_eq!(code(count, Verdict::Unknown), (255, format!("linearizability: has {count}")));
            // What another one proved stands.
            assert_eq!(code(count, Verdict::Invalid), (1, "raft: has looked".to_string()));
        }
    }

    #[test]
    fn the_reason_names_who_said_what() {
        let (_, reason) = code(Situation { verdicts: &[("raft", Verdict::Invalid)], ..Situation::default() });
        assert_eq!(reason, "raft: says invalid");
        let (_, reason) = code(Situation { kill: Some(Effect::Skipped), ..Situation::default() });
        assert!(reason.contains("nemesis kill"), "{reason}");
    }
}
