//! What a run consists of, and the ways in which it can be made smaller.

use crate::nemesis::PlannedFault;
use std::collections::BTreeMap;

/// Times are kept in whole milliseconds, so that people can read them.
const MS: u64 = 1_000_000;
/// How long a workload goes on after the violation was seen: it may come a little later in another trial.
const MARGIN_NS: u64 = 500 * MS;
/// How long a healthy cluster is left alone before the first fault, in ns.
const LEAD_NS: u64 = 300 * MS;
/// How long it is left alone between two faults that do not overlap.
const GAP_NS: u64 = 400 * MS;
/// A fault, or what comes after the last one, is not made shorter than this.
const LENGTH_NS_MIN: u64 = 50 * MS;
/// No workload is made shorter than this.
const TIME_LIMIT_NS_MIN: u64 = 400 * MS;
/// Fewer nodes than this tolerate no failure.
const NODES_MIN: usize = 3;
/// Fewer clients than this cannot get in each other's way.
const CLIENTS_MIN: usize = 2;
/// Fewer operations a second hardly touch a key twice.
const RATE_MIN: f64 = 50.0;

/// A run before it is carried out, as far as it can be made smaller. Keys follow the clients and the rate: a workload uses as
/// many at a time as its clients keep busy, and gives each up after so many operations.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What is done to the cluster, in order of the start.
    pub faults: Vec<PlannedFault>,
    /// How many nodes there are.
    pub nodes: usize,
    /// How many clients work at a time.
    pub clients: usize,
    /// Operations a second that they attempt together; `None`: as many as they can.
    pub rate: Option<f64>,
    /// How long they work under faults, in ns.
    pub time_limit_ns: u64,
}

impl Scenario {
    /// The same with those faults only whose place is to be kept, numbered anew.
    pub fn keeping(&self, is_kept: impl Fn(usize) -> bool) -> Scenario {
        let faults = self.faults.iter().enumerate().filter(|(place, _)| is_kept(*place)).map(|(_, fault)| fault);
        Scenario { faults: PlannedFault::number(faults.cloned().collect()), ..self.clone() }
    }

    /// The same with all times in whole milliseconds.
    pub fn rounded(&self) -> Scenario {
        let mut rounded = self.clone();
        rounded.time_limit_ns = self.time_limit_ns.next_multiple_of(MS);
        for fault in &mut rounded.faults {
            let length = (fault.end_ns - fault.start_ns).next_multiple_of(MS);
            fault.start_ns = fault.start_ns / MS * MS;
            fault.end_ns = fault.start_ns + length;
        }
        rounded
    }

    /// The same without what comes after a violation that was seen at this time: it cannot have caused it.
    pub fn until_seen(&self, seen_ns: u64) -> Scenario {
        self.until((seen_ns + MARGIN_NS).next_multiple_of(MS))
    }

    /// The last so many faults before a violation that was seen at this time, without what came before and after.
    pub fn before(&self, seen_ns: u64, count: usize) -> Scenario {
        let cut = self.until_seen(seen_ns);
        let end = cut.faults.iter().filter(|fault| fault.start_ns <= seen_ns).count();
        cut.keeping(|place| (end.saturating_sub(count)..end).contains(&place)).tightened()
    }

    /// The same up to this time: faults that begin later are gone, and those still in force end with the workload.
    fn until(&self, time_ns: u64) -> Scenario {
        let limit = time_ns.clamp(TIME_LIMIT_NS_MIN.min(self.time_limit_ns), self.time_limit_ns);
        let mut cut = self.keeping(|place| self.faults[place].start_ns < limit);
        cut.time_limit_ns = limit;
        for fault in &mut cut.faults {
            fault.end_ns = fault.end_ns.min(limit);
        }
        cut
    }

    /// The same without the time before the first fault, but for a moment.
    pub fn moved_up(&self) -> Scenario {
        self.without_idleness(u64::MAX)
    }

    /// The same without the time in which no fault is in force, but for a moment before each.
    pub fn tightened(&self) -> Scenario {
        self.without_idleness(GAP_NS)
    }

    fn without_idleness(&self, gap_ns: u64) -> Scenario {
        let mut tight = self.clone();
        let (mut busy_until, mut saved) = (0, 0);
        // What waits for something has its own time.
        for (place, fault) in tight.faults.iter_mut().filter(|fault| fault.when.is_empty()).enumerate() {
            let idle_max = if place == 0 { LEAD_NS } else { gap_ns };
            saved += fault.start_ns.saturating_sub(busy_until).saturating_sub(idle_max);
            busy_until = busy_until.max(fault.end_ns);
            fault.start_ns -= saved;
            fault.end_ns -= saved;
        }
        tight.time_limit_ns = (self.time_limit_ns - saved).max(TIME_LIMIT_NS_MIN);
        tight
    }

    /// The same with half the duration of the fault at this place, or of each; `None` if none would be left of it.
    pub fn halved(&self, place: Option<usize>) -> Option<Scenario> {
        let mut shorter = self.clone();
        for (number, fault) in shorter.faults.iter_mut().enumerate() {
            let length = fault.end_ns - fault.start_ns;
            if place.is_none_or(|place| place == number) && length >= 2 * LENGTH_NS_MIN {
                fault.end_ns = fault.start_ns + (length / 2).next_multiple_of(MS);
            }
        }
        (shorter != *self).then_some(shorter)
    }

    /// The same with half the time between the end of the last fault and that of the workload.
    pub fn with_shorter_tail(&self) -> Option<Scenario> {
        let end = self.faults.iter().map(|fault| fault.end_ns).max().unwrap_or(0).min(self.time_limit_ns);
        let tail = self.time_limit_ns - end;
        let time_limit_ns = (end + tail / 2).next_multiple_of(MS).max(TIME_LIMIT_NS_MIN);
        (tail >= 2 * LENGTH_NS_MIN && time_limit_ns < self.time_limit_ns)
            .then(|| Scenario { time_limit_ns, ..self.clone() })
    }

    /// The same with so many nodes. Those that faults name most often stay, and are named anew. `None` if there are not more,
    /// or a fault would have nobody left to hit.
    pub fn with_nodes(&self, nodes: usize) -> Option<Scenario> {
        if nodes >= self.nodes || nodes < NODES_MIN {
            return None;
        }
        let mut named: BTreeMap<String, usize> = (1..=self.nodes).map(|number| (format!("n{number}"), 0)).collect();
        for node in self.faults.iter().flat_map(|fault| &fault.nodes) {
            *named.entry(node.clone()).or_default() += 1;
        }
        let mut order: Vec<(String, usize)> = named.into_iter().collect();
        order.sort_by_key(|(name, count)| (usize::MAX - count, name.len(), name.clone()));
        let mut kept: Vec<String> = order.into_iter().take(nodes).map(|(name, _)| name).collect();
        kept.sort_by_key(|name| (name.len(), name.clone()));
        let anew = |name: &String| kept.iter().position(|kept| kept == name).map(|place| format!("n{}", place + 1));
        let mut fewer = Scenario { nodes, ..self.clone() };
        for fault in &mut fewer.faults {
            let (nodes_before, links_before) = (fault.nodes.len(), fault.links.len());
            fault.nodes = fault.nodes.iter().filter_map(anew).collect();
            fault.links.retain_mut(|link| {
                let (from, to) = (anew(&link.from), anew(&link.to));
                (link.from, link.to) = (from.clone().unwrap_or_default(), to.clone().unwrap_or_default());
                from.is_some() && to.is_some()
            });
            let is_idle = fault.nodes.is_empty() && nodes_before > 0 || fault.links.is_empty() && links_before > 0;
            if is_idle || fault.nodes.len() == nodes {
                return None;
            }
        }
        Some(fewer)
    }

    /// The same with half the clients.
    pub fn with_fewer_clients(&self) -> Option<Scenario> {
        let clients = (self.clients / 2).max(CLIENTS_MIN);
        (clients < self.clients).then(|| Scenario { clients, ..self.clone() })
    }

    /// The same with half the operations, and so with fewer keys.
    pub fn with_lower_rate(&self) -> Option<Scenario> {
        let rate = (self.rate? / 2.0).floor().max(RATE_MIN);
        (rate < self.rate?).then(|| Scenario { rate: Some(rate), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{history::Link, shrink::scene};

    /// When the faults are in force, in ms.
    fn times(scenario: &Scenario) -> Vec<(u64, u64)> {
        scenario.faults.iter().map(|fault| (fault.start_ns / MS, fault.end_ns / MS)).collect()
    }

    #[test]
    fn what_is_kept_is_numbered_anew_and_keeps_its_chance() {
        let all = scene(&[(500, 700), (1000, 1300), (2000, 2500)]);
        let some = all.keeping(|place| place != 1);
        assert_eq!(times(&some), [(500, 700), (2000, 2500)]);
        assert_eq!(some.faults.iter().map(|fault| fault.id).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(some.faults[1].random, all.faults[2].random);
    }

    #[test]
    fn a_cut_ends_what_is_in_force() {
        let cut = scene(&[(500, 700), (1000, 1900), (2000, 2500)]).until(1500 * MS);
        assert_eq!((times(&cut), cut.time_limit_ns), (vec![(500, 700), (1000, 1500)], 1500 * MS));
        assert_eq!(cut.until(9000 * MS), cut, "nothing becomes longer");
        assert_eq!(cut.until(0).time_limit_ns, TIME_LIMIT_NS_MIN);
    }

    #[test]
    fn what_came_just_before_a_violation_is_little() {
        let all = scene(&[(500, 700), (1000, 1900), (4000, 6000), (6400, 6500)]);
        let two = all.before(4700 * MS, 2);
        assert_eq!((times(&two), two.time_limit_ns), (vec![(300, 1200), (1600, 2800)], 2800 * MS));
        assert_eq!(times(&all.before(4700 * MS, 9)).len(), 3);
        assert_eq!(all.before(100 * MS, 1).faults, []);
    }

    #[test]
    fn idle_time_is_saved_and_overlaps_stay() {
        let all = scene(&[(1000, 2000), (1500, 1600), (4000, 4500)]);
        assert_eq!(times(&all.moved_up()), [(300, 1300), (800, 900), (3300, 3800)]);
        let tight = all.tightened();
        assert_eq!(times(&tight), [(300, 1300), (800, 900), (1700, 2200)]);
        assert_eq!(all.time_limit_ns - tight.time_limit_ns, 2300 * MS);
        assert_eq!(tight.tightened(), tight);
    }

    #[test]
    fn durations_and_the_tail_are_halved_until_little_is_left() {
        let all = scene(&[(500, 900), (1000, 1090)]);
        assert_eq!(all.halved(None).map(|s| times(&s)), Some(vec![(500, 700), (1000, 1090)]));
        assert_eq!(all.halved(Some(1)), None);
        let mut tail = all;
        while let Some(shorter) = tail.with_shorter_tail() {
            assert!(shorter.time_limit_ns < tail.time_limit_ns);
            tail = shorter;
        }
        assert!((1090..1200).contains(&(tail.time_limit_ns / MS)));
    }

    #[test]
    fn nodes_that_are_hit_stay_under_new_names() {
        let mut all = scene(&[(500, 900), (1000, 1500)]);
        assert_eq!(all.with_nodes(3).map(|fewer| fewer.faults), Some(all.faults.clone()), "roles need no names");
        all.faults[0].nodes = vec!["n4".to_owned()];
        all.faults[1].links = vec![
            Link { from: "n1".to_owned(), to: "n4".to_owned() },
            Link { from: "n5".to_owned(), to: "n4".to_owned() },
        ];
        let fewer = all.with_nodes(3).expect("n4 can stay");
        assert_eq!(fewer.faults[0].nodes, ["n3"]);
        assert_eq!(fewer.faults[1].links, [Link { from: "n1".to_owned(), to: "n3".to_owned() }]);
        all.faults[1].links = vec![Link { from: "n5".to_owned(), to: "n3".to_owned() }];
        assert_eq!(all.with_nodes(3), None, "n3 and n5 go, and with them the link between them");
        assert_eq!(all.with_nodes(5), None);
    }

    #[test]
    fn clients_and_operations_are_halved_down_to_a_few() {
        let mut scenario = scene(&[]);
        while let Some(fewer) = scenario.with_fewer_clients().or_else(|| scenario.with_lower_rate()) {
            scenario = fewer;
        }
        assert_eq!((scenario.clients, scenario.rate), (2, Some(50.0)));
        assert_eq!(Scenario { rate: None, ..scenario }.with_lower_rate(), None);
    }
}
