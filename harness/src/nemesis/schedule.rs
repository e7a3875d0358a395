//! A schedule: the faults of a run as data, written by hand or left behind by a run. The same format is read and written,
//! as JSON or TOML; a run adds what came of each fault, which is not part of the plan.

use super::{
    Aim, Aims, FAMILIES, Family, Kind, Parameters, PlannedFault, Target, Wait, contract::breach, wait::one_or_more,
};
use crate::{
    history::{Fault, Link},
    nearest,
    net::grudge::Shape,
    seed,
    span::Span,
    test::Test,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{collections::BTreeMap, time::Duration};

/// No fault lasts longer.
const DURATION_MAX: Duration = Duration::from_secs(24 * 3600);

/// `schedule.json`, and what `--schedule` reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The version of this format: 1.
    pub version: u32,
    /// Of a run that has begun: where its time 0 lies on the machine's monotonic clock, in ns. Node traces are written in that
    /// clock's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// The faults, in any order.
    pub faults: Vec<ScheduledFault>,
}

/// A fault as it is written. Who is hit is said by `shape` or `target`, and chosen at the moment, or by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScheduledFault {
    /// Its family: `partition`, `kill`, `pause`, ...
    pub nemesis: String,
    /// What it is, if its family has several kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Of a fault of links: `halves`, `one`, `leader`, `one-way`, `bridge`, `majorities-ring`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Of a fault of nodes, the role of who is hit: `one`, `minority`, `majority`, `all`, `leader`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The nodes to hit, instead of those who have the role at the moment; of a fault of links: the links between them and all
    /// others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<String>,
    /// Of a fault of links: the directed links to hit, instead of those that the shape draws.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The parameters of its kind, each under its own name; one that is left out is drawn.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// What must have happened before its time begins, one after the other: `there is a leader`, `n2 has installed a snapshot`,
    /// `fault 1 has begun`, `fault 1 is healed`. Faults are counted from 1, in the order in which they are written.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_more")]
    pub when: Vec<Wait>,
    /// When it begins, since the start of the workload, or since all that it waits for has happened.
    pub start: Span,
    /// How long it is in force, before it is healed.
    pub duration: Span,
    /// What decides everything about it that is left to chance; drawn from the seed if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random: Option<Number>,
    /// What came of it in the run that wrote the schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Fault>,
}

/// A number of 64 bits. It is written as text: TOML's integers end at 2^63, and JSON's, for many programs, at 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub u64);

/// Who is hit when a schedule is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Those who are named, and else those who have the role at the moment.
    Written,
    /// Those who were hit when it was recorded.
    Recorded,
    /// Those who have the role at the moment, even where others are named; where no role is given, those who are named.
    Anew,
}

impl Schedule {
    /// The names at the top of a schedule.
    pub const FIELDS: [&str; 3] = ["version", "epoch", "faults"];

    /// A plan, and what is known by now about its faults, by their number.
    pub fn of(epoch: u64, plan: &[PlannedFault], known: &BTreeMap<u64, Fault>) -> Schedule {
        let fault = |planned: &PlannedFault| ScheduledFault {
            outcome: known.get(&planned.id).cloned(),
            ..ScheduledFault::of(planned)
        };
        Schedule { version: 1, epoch: Some(epoch), faults: plan.iter().map(fault).collect() }
    }

    /// The plan that it is for this test, in the order in which the faults can begin: so none stands before one that it waits for.
    ///
    /// # Errors
    /// A sentence that names the first fault, counted from 1, that cannot be carried out, the field, and the nearest choice.
    pub fn plan(&self, test: &Test, targets: Targets) -> Result<Vec<PlannedFault>, String> {
        if self.version != 1 {
            return Err(format!("version {} is not known; this program reads version 1", self.version));
        }
        let mut plan = Vec::new();
        for (number, fault) in (1..).zip(&self.faults) {
            let mut planned = fault.plan(test, number).map_err(|error| format!("fault {number}: {error}"))?;
            if !test.beyond_contract
                && let Some(breach) = breach(&planned, test.nodes)
            {
                return Err(format!("fault {number}: {breach}; only --beyond-contract allows that"));
            }
            match (targets, &fault.outcome) {
                (Targets::Recorded, Some(outcome)) => planned.hit_again(outcome),
                (Targets::Anew, _) => planned.hit_others(),
                _ => {}
            }
            plan.push(planned);
        }
        let earliest = earliest(&plan);
        plan.sort_by_key(|fault| earliest[fault.id as usize]);
        Ok(PlannedFault::number(plan))
    }
}

/// When each fault of a plan can begin at the earliest, in ns; each waits only for those before it.
fn earliest(plan: &[PlannedFault]) -> Vec<u64> {
    let mut earliest: Vec<u64> = Vec::new();
    for fault in plan {
        let after = fault.when.iter().map(|wait| match wait {
            Wait::Begun(other) => earliest[*other as usize],
            Wait::Healed(other) => {
                let length = plan[*other as usize].end_ns - plan[*other as usize].start_ns;
                earliest[*other as usize] + length
            }
            Wait::Leader | Wait::Snapshot(_) => 0,
        });
        earliest.push(after.max().unwrap_or(0) + fault.start_ns);
    }
    earliest
}

impl PlannedFault {
    /// Numbers the faults of a plan from 0 in this order. They stand by each other as before: who waits for a fault that is no
    /// longer there does not wait for it.
    pub fn number(mut plan: Vec<PlannedFault>) -> Vec<PlannedFault> {
        let places: BTreeMap<u64, u64> = plan.iter().map(|fault| fault.id).zip(0..).collect();
        for fault in &mut plan {
            fault.id = places[&fault.id];
            let anew = |wait: &Wait| match wait.fault() {
                Some(other) => places.get(&other).map(|place| wait.about(*place)),
                None => Some(wait.clone()),
            };
            fault.when = fault.when.iter().filter_map(anew).collect();
        }
        plan
    }

    /// Names those whom the outcome says were hit. Who was named before stays so, and so does the role of a fault that was
    /// skipped: nobody was hit by it.
    fn hit_again(&mut self, outcome: &Fault) {
        match self.aim {
            Aim::Links(_) if self.links.is_empty() => {
                let links = if outcome.links.is_empty() { &outcome.links_cut } else { &outcome.links };
                self.links.clone_from(links);
            }
            Aim::Nodes(_) if self.nodes.is_empty() => self.nodes.clone_from(&outcome.nodes),
            _ => {}
        }
    }

    /// Names nobody where there is a role.
    fn hit_others(&mut self) {
        match self.aim {
            Aim::Named => {}
            Aim::Links(_) => self.links.clear(),
            Aim::Nodes(_) => self.nodes.clear(),
        }
    }
}

impl ScheduledFault {
    /// The names in every fault.
    pub const FIELDS: [&str; 11] =
        ["nemesis", "kind", "shape", "target", "nodes", "links", "when", "start", "duration", "random", "outcome"];

    /// The names in a fault of this nemesis.
    pub fn fields(nemesis: &str) -> Vec<&'static str> {
        let kinds = Family::find(nemesis).map_or(&[][..], |family| family.kinds);
        let parameters = kinds.iter().flat_map(|kind| kind.parameters).map(|parameter| parameter.name);
        ScheduledFault::FIELDS.into_iter().chain(parameters).collect()
    }

    fn of(planned: &PlannedFault) -> ScheduledFault {
        let family = planned.kind.family();
        let (shape, target) = match planned.aim {
            Aim::Links(shape) => (Some(shape.name()), None),
            Aim::Nodes(target) => (None, Some(target.name())),
            Aim::Named => (None, None),
        };
        ScheduledFault {
            nemesis: family.name.to_owned(),
            kind: (family.kinds.len() > 1).then(|| planned.kind.name.to_owned()),
            shape: shape.map(str::to_owned),
            target: target.map(str::to_owned),
            nodes: planned.nodes.clone(),
            links: planned.links.clone(),
            parameters: planned.parameters.written(),
            when: planned.when.clone(),
            start: Span(Duration::from_nanos(planned.start_ns)),
            duration: Span(Duration::from_nanos(planned.end_ns - planned.start_ns)),
            random: Some(Number(planned.random)),
            outcome: None,
        }
    }

    fn plan(&self, test: &Test, number: u64) -> Result<PlannedFault, String> {
        let (Span(start), Span(duration)) = (self.start, self.duration);
        let limit = Duration::from_millis(test.time_limit_ms);
        if start >= limit {
            let limit = Span(limit);
            return Err(format!("`start` {} is not before the workload's end at {limit}", self.start));
        }
        if duration.is_zero() || duration > DURATION_MAX {
            return Err(format!("`duration` {} is not between 1ns and 24h", self.duration));
        }
        // Only what comes later can wait for what comes before: so nobody waits for himself.
        if let Some(wait) = self.when.iter().find(|wait| wait.fault().is_some_and(|other| other + 1 >= number)) {
            return Err(format!("it cannot wait until `{wait}`, but only for faults that are written before it"));
        }
        let kind = self.kind()?;
        let aim = self.aim(kind)?;
        let names = test.node_names();
        let ends = self.links.iter().flat_map(|link| [link.from.as_str(), link.to.as_str()]);
        let mut named =
            self.nodes.iter().map(String::as_str).chain(ends).chain(self.when.iter().filter_map(Wait::node));
        if let Some(unknown) = named.find(|node| !names.iter().any(|name| name == node)) {
            return Err(format!("no node is named `{unknown}`{}", nearest(unknown, names.iter().map(String::as_str))));
        }
        if let Some(link) = self.links.iter().find(|link| link.from == link.to) {
            return Err(format!("`links` has one from {0} to {0}; a link joins two nodes", link.from));
        }
        let mut nodes = self.nodes.clone();
        nodes.sort();
        nodes.dedup();
        if matches!(kind.aims, Aims::Links(_)) && nodes.len() == names.len() {
            return Err("`nodes` are all there are; name those to be parted from the others".to_owned());
        }
        let mut links = self.links.clone();
        links.sort();
        links.dedup();
        let random = match self.random {
            Some(Number(random)) => random,
            None => seed::derive(test.seed, &format!("schedule/{number}")),
        };
        let parameters = self.parameters(kind, random, test.nemesis_intensity.unwrap_or(1.0))?;
        let start_ns = start.as_nanos() as u64;
        let end_ns = start_ns + duration.as_nanos() as u64;
        Ok(PlannedFault {
            id: number - 1,
            kind,
            aim,
            parameters,
            when: self.when.clone(),
            start_ns,
            end_ns,
            random,
            nodes,
            links,
        })
    }

    /// What is to be done.
    fn kind(&self) -> Result<&'static Kind, String> {
        let nemesis = self.nemesis.as_str();
        let family = Family::find(nemesis).ok_or_else(|| {
            format!("no nemesis is named `{nemesis}`{}", nearest(nemesis, FAMILIES.iter().map(|family| family.name)))
        })?;
        let names = || family.kinds.iter().map(|kind| kind.name);
        match (&self.kind, family.kinds) {
            (Some(name), kinds) => {
                let found = kinds.iter().find(|kind| kind.name == name);
                found.copied().ok_or_else(|| format!("no {nemesis} is named `{name}`{}", nearest(name, names())))
            }
            (None, [kind]) => Ok(kind),
            (None, _) => {
                Err(format!("a {nemesis} fault needs a `kind`: one of {}", names().collect::<Vec<_>>().join(", ")))
            }
        }
    }

    /// At whom it is aimed, if what is said about it goes together.
    fn aim(&self, kind: &Kind) -> Result<Aim, String> {
        let name = kind.name;
        let is_named = !self.nodes.is_empty() || !self.links.is_empty();
        match kind.aims {
            Aims::Links(_) => match &self.shape {
                _ if self.target.is_some() => {
                    Err(format!("a {name} has no `target`; it has a `shape`, `nodes` or `links`"))
                }
                _ if !self.nodes.is_empty() && !self.links.is_empty() => {
                    Err(format!("a {name} has `nodes` or `links`, and not both"))
                }
                Some(_) if !self.nodes.is_empty() => Err(format!("a {name} has a `shape` or `nodes`, and not both")),
                Some(shape) => known("shape", shape, &Shape::ALL, Shape::name).map(Aim::Links),
                None if is_named => Ok(Aim::Named),
                None => Err(format!("a {name} needs one of `shape`, `nodes` and `links`")),
            },
            Aims::Nodes(_) => match &self.target {
                _ if self.shape.is_some() => Err(format!("a {name} has no `shape`; it has a `target` or `nodes`")),
                _ if !self.links.is_empty() => Err(format!("a {name} has no `links`; it has a `target` or `nodes`")),
                Some(target) => known("target", target, &Target::ALL, Target::name).map(Aim::Nodes),
                None if is_named => Ok(Aim::Named),
                None => Err(format!("a {name} needs a `target` or `nodes`")),
            },
        }
    }

    /// What else is said about it.
    fn parameters(&self, kind: &Kind, random: u64, intensity: f64) -> Result<Parameters, String> {
        let is_known = |name: &str| kind.parameters.iter().any(|parameter| parameter.name == name);
        if let Some(unknown) = self.parameters.keys().find(|name| !is_known(name)) {
            let parameters = kind.parameters.iter().map(|parameter| parameter.name);
            let fields = ScheduledFault::FIELDS.into_iter().chain(parameters);
            return Err(format!("a {} has no field `{unknown}`{}", kind.name, nearest(unknown, fields)));
        }
        Parameters::complete(kind.parameters, &self.parameters, random, intensity)
    }
}

/// The one of `all` that has this name, or a sentence.
fn known<T: Copy>(kind: &str, name: &str, all: &[T], name_of: impl Fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name_of(*one) == name);
    found.ok_or_else(|| format!("no {kind} is named `{name}`{}", nearest(name, all.iter().map(|one| name_of(*one)))))
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a whole number from 0 to 2^64 - 1")]
        enum Written {
            Number(u64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Number(number)),
            Written::Text(text) => text
                .parse()
                .map(Number)
                .map_err(|_| de::Error::custom(format!("`{text}` is not a whole number from 0 to 2^64 - 1"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nemesis::plan;
    use serde_json::json;

    fn test() -> Test {
        let nemesis = ["partition", "kill", "pause"].map(str::to_owned).into();
        Test { nemesis, time_limit_ms: 30_000, nodes: 5, ..crate::test::example() }
    }

    fn read(value: serde_json::Value) -> Schedule {
        serde_json::from_value(json!({"version": 1, "faults": value})).expect("a schedule")
    }

    fn links(links: &[(&str, &str)]) -> Vec<Link> {
        links.iter().map(|(from, to)| Link { from: (*from).to_owned(), to: (*to).to_owned() }).collect()
    }

    #[test]
    fn what_was_written_is_read_back_as_the_same_plan() {
        let test = test();
        let written = plan(&test);
        assert!(written.len() > 30);
        let named = read(json!([
            {"nemesis": "kill", "nodes": ["n2", "n1"], "start": 1, "duration": "1s"},
            {"nemesis": "partition", "links": [{"from": "n1", "to": "n3"}], "start": "1.5", "duration": "1s"},
            {"nemesis": "partition", "nodes": ["n4"], "start": "2s", "duration": "1s500ms7ns"},
            {"nemesis": "pause", "target": "leader", "nodes": ["n5"], "start": "3s", "duration": "1s"},
        ]));
        let named = named.plan(&test, Targets::Written).expect("a plan");
        assert_eq!(named[0].nodes, ["n1", "n2"]);
        assert_eq!(named[2].end_ns - named[2].start_ns, 1_500_000_007);
        for plan in [written, named] {
            let text = serde_json::to_string(&Schedule::of(7, &plan, &BTreeMap::new())).expect("JSON");
            let schedule: Schedule = serde_json::from_str(&text).expect("a schedule");
            assert_eq!(schedule.epoch, Some(7));
            assert_eq!(schedule.plan(&test, Targets::Recorded).as_ref(), Ok(&plan));
        }
    }

    #[test]
    fn faults_are_numbered_as_they_begin_and_chance_comes_from_the_seed() {
        let faults = json!([
            {"nemesis": "kill", "target": "one", "start": "2s", "duration": "1s"},
            {"nemesis": "kill", "target": "one", "start": "1s", "duration": "1s"},
            {"nemesis": "kill", "target": "one", "start": "3s", "duration": "1s", "random": "18446744073709551615"},
        ]);
        let plan = |seed| read(faults.clone()).plan(&Test { seed, ..test() }, Targets::Written).expect("a plan");
        let (first, other) = (plan(1), plan(2));
        assert_eq!(first, plan(1));
        assert!(
            first.iter().map(|fault| (fault.id, fault.start_ns)).eq((0..3).map(|id| (id, (id + 1) * 1_000_000_000)))
        );
        assert!(first[0].random != first[1].random && first[0].random != other[0].random);
        assert_eq!((first[2].random, other[2].random), (u64::MAX, u64::MAX));
    }

    #[test]
    fn recorded_targets_are_hit_again_unless_roles_are_to_be_resolved_anew() {
        let outcome = |nodes: &[&str], links| Fault {
            nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
            links,
            ..Fault::default()
        };
        let mut schedule = read(json!([
            {"nemesis": "kill", "target": "leader", "start": 1, "duration": 1},
            {"nemesis": "partition", "shape": "leader", "start": 2, "duration": 1},
            {"nemesis": "pause", "nodes": ["n3"], "start": 3, "duration": 1},
        ]));
        let cut = links(&[("n1", "n2"), ("n2", "n1")]);
        schedule.faults[0].outcome = Some(outcome(&["n4"], vec![]));
        schedule.faults[1].outcome = Some(outcome(&["n1"], cut.clone()));
        let hit_by = |schedule: &Schedule, targets| {
            let plan = schedule.plan(&test(), targets).expect("a plan");
            plan.into_iter().map(|fault| (fault.aim, fault.nodes, fault.links)).collect::<Vec<_>>()
        };
        let (kill, part, pause) = (Aim::Nodes(Target::Leader), Aim::Links(Shape::Leader), Aim::Named);
        let n = |name: &str| vec![name.to_owned()];
        let recorded = [(kill, n("n4"), vec![]), (part, vec![], cut), (pause, n("n3"), vec![])];
        let anew = [(kill, vec![], vec![]), (part, vec![], vec![]), (pause, n("n3"), vec![])];
        assert_eq!(hit_by(&schedule, Targets::Recorded), recorded);
        assert_eq!(hit_by(&schedule, Targets::Anew), anew);
        assert_eq!(hit_by(&schedule, Targets::Written), anew);
        // A replay leaves the names as its plan, and the roles beside them.
        let plan = schedule.plan(&test(), Targets::Recorded).expect("a plan");
        let replayed = Schedule::of(7, &plan, &BTreeMap::new());
        assert_eq!(hit_by(&replayed, Targets::Written), recorded);
        assert_eq!(hit_by(&replayed, Targets::Anew), anew);
    }

    #[test]
    fn waits_follow_the_faults_that_they_are_about() {
        let schedule = read(json!([
            {"nemesis": "kill", "nodes": ["n2"], "start": 2, "duration": 1},
            {"nemesis": "pause", "target": "leader", "start": 0, "duration": 1,
             "when": ["fault 1 is healed", "n2 has installed a snapshot"]},
            {"nemesis": "kill", "target": "one", "start": 1, "duration": 1, "when": "there is a leader"},
            {"nemesis": "kill", "target": "one", "start": 5, "duration": 1, "when": "fault 2 has begun"},
        ]));
        let plan = schedule.plan(&test(), Targets::Written).expect("a plan");
        // The third comes first; the second cannot begin before the first is over.
        let snapshot = Wait::Snapshot("n2".to_owned());
        let when = |plan: &[PlannedFault]| plan.iter().map(|fault| fault.when.clone()).collect::<Vec<_>>();
        let expected = [vec![Wait::Leader], vec![], vec![Wait::Healed(1), snapshot.clone()], vec![Wait::Begun(2)]];
        assert_eq!(when(&plan), expected);
        let text = serde_json::to_string(&Schedule::of(7, &plan, &BTreeMap::new())).expect("JSON");
        let written: Schedule = serde_json::from_str(&text).expect("a schedule");
        assert_eq!(written.plan(&test(), Targets::Written), Ok(plan.clone()));
        let left = PlannedFault::number([&plan[..1], &plan[2..]].concat());
        assert_eq!(
            when(&left),
            [vec![Wait::Leader], vec![snapshot], vec![Wait::Begun(1)]],
            "nobody waits for who is gone"
        );
    }

    #[test]
    fn nonsense_is_answered_with_the_fault_and_the_nearest_choice() {
        let fault = |changes: serde_json::Value| {
            let mut fault = json!({"nemesis": "kill", "target": "one", "start": "1s", "duration": "1s"});
            for (field, value) in changes.as_object().expect("fields") {
                fault[field] = value.clone();
            }
            fault.as_object_mut().expect("fields").retain(|_, value| !value.is_null());
            read(json!([fault])).plan(&test(), Targets::Written).expect_err("it is nonsense")
        };
        let part = |changes: serde_json::Value| {
            let mut all = json!({"nemesis": "partition", "target": null});
            all.as_object_mut().expect("fields").extend(changes.as_object().expect("fields").clone());
            fault(all)
        };
        let all = ["n1", "n2", "n3", "n4", "n5"];
        for (error, sentence) in [
            (fault(json!({"nemesis": "kil"})), "no nemesis is named `kil`; did you mean `kill`?"),
            (fault(json!({"target": "leadr"})), "no target is named `leadr`; did you mean `leader`?"),
            (
                fault(json!({"target": "named"})),
                "no target is named `named`; there are one, minority, majority, all, leader",
            ),
            (fault(json!({"target": null})), "a kill needs a `target` or `nodes`"),
            (fault(json!({"shape": "one"})), "a kill has no `shape`; it has a `target` or `nodes`"),
            (
                fault(json!({"links": [{"from": "n1", "to": "n2"}]})),
                "a kill has no `links`; it has a `target` or `nodes`",
            ),
            (fault(json!({"nodes": ["m3"]})), "no node is named `m3`; did you mean `n3`?"),
            (fault(json!({"start": "30s"})), "`start` 30s is not before the workload's end at 30s"),
            (fault(json!({"duration": 0})), "`duration` 0s is not between 1ns and 24h"),
            (fault(json!({"duration": "25h"})), "`duration` 1day1h is not between 1ns and 24h"),
            (part(json!({"shape": "halfs"})), "no shape is named `halfs`; did you mean `halves`?"),
            (part(json!({"target": "one"})), "a partition has no `target`; it has a `shape`, `nodes` or `links`"),
            (part(json!({})), "a partition needs one of `shape`, `nodes` and `links`"),
            (part(json!({"shape": "one", "nodes": ["n1"]})), "a partition has a `shape` or `nodes`, and not both"),
            (part(json!({"nodes": all})), "`nodes` are all there are; name those to be parted from the others"),
            (
                part(json!({"links": [{"from": "n1", "to": "n1"}]})),
                "`links` has one from n1 to n1; a link joins two nodes",
            ),
            (part(json!({"links": [{"from": "n1", "to": "n22"}]})), "no node is named `n22`; did you mean `n2`?"),
            (
                fault(json!({"when": ["fault 1 is healed"]})),
                "it cannot wait until `fault 1 is healed`, but only for faults that are written before it",
            ),
            (fault(json!({"when": "n6 has installed a snapshot"})), "no node is named `n6`; did you mean `n1`?"),
            (fault(json!({"kind": "kil"})), "no kill is named `kil`; did you mean `kill`?"),
            (fault(json!({"nods": ["n1"]})), "a kill has no field `nods`; did you mean `nodes`?"),
        ] {
            assert_eq!(error, format!("fault 1: {sentence}"));
        }
        let newer = Schedule { version: 2, epoch: None, faults: vec![] };
        let error = newer.plan(&test(), Targets::Written).expect_err("it is newer");
        assert_eq!(error, "version 2 is not known; this program reads version 1");
    }

    #[test]
    fn a_number_keeps_all_its_bits() {
        let number: Number = serde_json::from_str("\"18446744073709551615\"").expect("a number");
        assert_eq!(number, Number(u64::MAX));
        assert_eq!(serde_json::to_string(&number).expect("text"), "\"18446744073709551615\"");
        assert_eq!(serde_json::from_str::<Number>("7").expect("a number"), Number(7));
        for nonsense in ["-1", "1.5", "\"seven\"", "[]"] {
            assert!(serde_json::from_str::<Number>(nonsense).is_err(), "{nonsense}");
        }
    }
}
