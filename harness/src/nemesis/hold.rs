//! Who keeps a node down. Two faults may hold the same node; it comes back when the last of them lets go.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

/// How a fault holds a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grip {
    Killed,
    Paused,
}

/// How many faults hold each node, in each way.
#[derive(Default)]
pub(super) struct Holds(Mutex<BTreeMap<(String, Grip), u32>>);

impl Holds {
    /// A fault takes hold of a node. To be called before the node is touched, so that others see it coming.
    pub fn take(&self, node: &str, grip: Grip) {
        *self.lock().entry((node.to_owned(), grip)).or_default() += 1;
    }

    /// A fault lets go. Whether it was the last, so that the node is to be brought back.
    pub fn release(&self, node: &str, grip: Grip) -> bool {
        let mut holds = self.lock();
        let count = holds.entry((node.to_owned(), grip)).or_default();
        *count = count.saturating_sub(1);
        *count == 0
    }

    pub fn is_held(&self, node: &str, grip: Grip) -> bool {
        self.lock().get(&(node.to_owned(), grip)).is_some_and(|count| *count > 0)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(String, Grip), u32>> {
        self.0.lock().expect("no panic while holds are counted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_comes_back_when_the_last_fault_lets_go() {
        let holds = Holds::default();
        holds.take("n1", Grip::Killed);
        holds.take("n1", Grip::Killed);
        holds.take("n1", Grip::Paused);
        assert!(!holds.release("n1", Grip::Killed));
        assert!(holds.is_held("n1", Grip::Killed));
        assert!(holds.release("n1", Grip::Killed));
        assert!(!holds.is_held("n1", Grip::Killed) && holds.is_held("n1", Grip::Paused));
    }
}
