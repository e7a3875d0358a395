//! Which transaction must come before which, and why: Adya's direct serialization graph, with the orders of processes and of real
//! time besides.
//!
//! Where each of many must come before each of many others, a *hub* stands between them, a node that is no transaction. So real
//! time takes a hub for each moment of completion and three edges a transaction, instead of one for each pair.

use super::history::NONE;

/// Why one comes before the other. Some are several at once: an edge may only be used where all of its reasons count.
pub mod reason {
    /// It wrote a version, and the other wrote the next.
    pub const WW: u8 = 1;
    /// It wrote a version, and the other read it.
    pub const WR: u8 = 2;
    /// It read a version, and the other wrote the next.
    pub const RW: u8 = 4;
    /// The same process did it before.
    pub const PROCESS: u8 = 8;
    /// It was over before the other began; or, beside one of the first three, the order of the versions comes from that.
    pub const REALTIME: u8 = 16;
    /// The way from a hub on: no reason of its own.
    pub const ON: u8 = 32;
    /// All dependencies.
    pub const DATA: u8 = WW | WR | RW | ON;
}

/// An edge while the graph is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edge {
    from: u32,
    to: u32,
    why: u8,
}

/// A graph while it is made.
#[derive(Debug)]
pub struct Edges {
    nodes: u32,
    edges: Vec<Edge>,
}

impl Edges {
    /// No edges between so many transactions.
    pub fn new(transactions: usize) -> Edges {
        Edges { nodes: u32::try_from(transactions).unwrap_or(NONE), edges: Vec::new() }
    }

    /// One comes before the other. That something comes before itself says nothing here.
    pub fn add(&mut self, from: u32, to: u32, why: u8) {
        if from != to {
            self.edges.push(Edge { from, to, why });
        }
    }

    /// A new node that is no transaction.
    pub fn hub(&mut self) -> u32 {
        self.nodes += 1;
        self.nodes - 1
    }

    /// Each of `first` comes before each of `second`, save for itself. Both are ascending, without repetitions.
    ///
    /// Of those that are in both, any two come before each other: they are a circle anyway, and it is enough to tie all of them to
    /// one. The others of `first` reach all of `second` through a hub, from which none of them can come back to itself at once.
    pub fn all_before_all(&mut self, first: &[u32], second: &[u32], why: u8) {
        if first.len() * second.len() <= first.len() + second.len() + 8 {
            for &from in first {
                second.iter().for_each(|&to| self.add(from, to, why));
            }
            return;
        }
        let hub = self.hub();
        second.iter().for_each(|&to| self.add(hub, to, reason::ON));
        let mut one_of_both = None;
        for &from in first {
            if second.binary_search(&from).is_err() {
                self.add(from, hub, why);
                continue;
            }
            match one_of_both {
                Some(one) => {
                    self.add(from, one, why);
                    self.add(one, from, why);
                }
                None => {
                    one_of_both = Some(from);
                    second.iter().for_each(|&to| self.add(from, to, why));
                }
            }
        }
    }

    /// The graph of these edges.
    pub fn graph(self, transactions: usize) -> Graph {
        let mut starts = vec![0_u32; self.nodes as usize + 1];
        for edge in &self.edges {
            starts[edge.from as usize + 1] += 1;
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        let (mut to, mut why) = (vec![0; self.edges.len()], vec![0; self.edges.len()]);
        let mut free = starts.clone();
        for edge in &self.edges {
            let place = &mut free[edge.from as usize];
            (to[*place as usize], why[*place as usize]) = (edge.to, edge.why);
            *place += 1;
        }
        Graph { transactions: u32::try_from(transactions).unwrap_or(NONE), starts, to, why }
    }
}

/// A graph in compact form: the edges of each node lie side by side.
#[derive(Debug)]
pub struct Graph {
    transactions: u32,
    starts: Vec<u32>,
    to: Vec<u32>,
    why: Vec<u8>,
}

impl Graph {
    /// How many nodes there are, hubs included.
    pub fn nodes(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.to.len()
    }

    /// Whether a node is no transaction.
    pub fn is_hub(&self, node: u32) -> bool {
        node >= self.transactions
    }

    /// Bytes of a graph of so many nodes and edges while it is made and searched.
    pub fn bytes(nodes: usize, edges: usize) -> usize {
        edges * (size_of::<Edge>() + size_of::<u32>() + size_of::<u8>()) + nodes * 8 * size_of::<u32>()
    }
}

/// A part of a graph: the edges whose reasons all count, between nodes of one component.
///
/// With `apart`, it is the walks in which no rw follows another: a node is then two states, one of them for having come there by an
/// rw, from which no rw leads on.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Of which graph.
    pub graph: &'a Graph,
    /// The reasons that count.
    pub reasons: u8,
    /// The component of each node, and which one; all nodes if there is none.
    pub within: Option<(&'a [u32], u32)>,
    /// Whether two rw may not follow each other.
    pub apart: bool,
}

impl<'a> View<'a> {
    /// All edges with these reasons.
    pub fn new(graph: &'a Graph, reasons: u8) -> View<'a> {
        View { graph, reasons, within: None, apart: false }
    }

    /// How many states there are.
    pub fn states(&self) -> usize {
        self.graph.nodes() << u32::from(self.apart)
    }

    /// The node of a state.
    pub fn node(&self, state: u32) -> u32 {
        state >> u32::from(self.apart)
    }

    /// The state of having come to a node by an edge with this reason. Having come to a hub is having come to what is behind it.
    pub fn state(&self, node: u32, why: u8, before: u32) -> u32 {
        match (self.apart, why) {
            (false, _) => node,
            (true, reason::ON) => node << 1 | before & 1,
            (true, _) => node << 1 | u32::from(why & reason::RW != 0),
        }
    }

    /// Where the edges of a state begin.
    pub fn first(&self, state: u32) -> u32 {
        self.graph.starts[self.node(state) as usize]
    }

    /// The next edge of a state that counts, from this one on: the state that it leads to, and its reasons. `edge` is then behind it.
    pub fn next(&self, state: u32, edge: &mut u32) -> Option<(u32, u8)> {
        let node = self.node(state);
        let end = self.graph.starts[node as usize + 1];
        while *edge < end {
            let (to, why) = (self.graph.to[*edge as usize], self.graph.why[*edge as usize]);
            *edge += 1;
            let is_inside = self.within.is_none_or(|(component, which)| component[to as usize] == which);
            let is_apart = !(self.apart && state & 1 == 1 && why & reason::RW != 0);
            if why & !self.reasons == 0 && is_inside && is_apart {
                return Some((self.state(to, why, state), why));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(graph: &Graph, from: u32) -> Vec<u32> {
        let view = View::new(graph, reason::DATA);
        let (mut all, mut open) = (Vec::new(), vec![from]);
        while let Some(state) = open.pop() {
            let mut edge = view.first(state);
            while let Some((to, _)) = view.next(state, &mut edge) {
                if !all.contains(&to) {
                    all.push(to);
                    open.push(to);
                }
            }
        }
        all.retain(|&node| !graph.is_hub(node));
        all.sort_unstable();
        all
    }

    #[test]
    fn everybody_comes_before_all_others_and_not_before_itself() {
        for (first, second) in [(0..6, 6..12), (0..7, 6..12)] {
            let (first, second): (Vec<u32>, Vec<u32>) = (first.collect(), second.collect());
            let mut edges = Edges::new(12);
            edges.all_before_all(&first, &second, reason::RW);
            assert!(edges.edges.len() < first.len() * second.len());
            let graph = edges.graph(12);
            for &from in &first {
                let others: Vec<u32> = second.iter().copied().filter(|&to| to != from).collect();
                let mut seen = reached(&graph, from);
                // What is in both may be reached by the others, but comes back only over another of both.
                seen.retain(|node| second.contains(node));
                assert_eq!(seen, others, "{from}");
            }
        }
    }

    #[test]
    fn edges_are_those_whose_reasons_count() {
        let mut edges = Edges::new(3);
        edges.add(0, 1, reason::WW);
        edges.add(0, 2, reason::RW | reason::REALTIME);
        edges.add(1, 1, reason::WW);
        let graph = edges.graph(3);
        assert_eq!((graph.nodes(), graph.edges()), (3, 2));
        let seen = |reasons| {
            let (view, mut edge, mut seen) = (View::new(&graph, reasons), 0, Vec::new());
            while let Some((to, _)) = view.next(0, &mut edge) {
                seen.push(to);
            }
            seen
        };
        assert_eq!(seen(reason::DATA), [1]);
        assert_eq!(seen(reason::DATA | reason::REALTIME), [1, 2]);
        assert_eq!(seen(reason::RW | reason::REALTIME), [2]);
    }
}
