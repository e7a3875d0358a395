//! Crash points: the named steps at which a node can be told to die, just before or after what must never be half done. A kill at a random
//! moment hardly ever meets them.
//!
//! They stand in the code as [`reach`], which is nothing without the cargo feature `fault-injection`, and one comparison with it. The end
//! is SIGKILL: nobody gets to say or to write anything more.

macro_rules! crash_points {
    ($($point:ident $name:literal $summary:literal)*) => {
        /// A step at which a node can be told to die.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u32)]
        pub enum CrashPoint {
            $(#[doc = $summary] $point,)*
        }

        impl CrashPoint {
            /// All of them, in the order in which a node would reach them.
            pub const ALL: &[CrashPoint] = &[$(CrashPoint::$point),*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(CrashPoint::$point => $name,)*
                }
            }

            /// What was done by then and what was not, in a sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(CrashPoint::$point => $summary,)*
                }
            }
        }
    };
}

crash_points! {
    BeforeVoteSync "before-vote-sync" "a new term or vote is about to be stored"
    AfterVoteSync "after-vote-sync" "a new term or vote is durable, and nobody has been told"
    BeforeTruncateSync "before-truncate-sync" "the removal of the log's suffix is about to be stored"
    AfterTruncateSync "after-truncate-sync" "the removal of the log's suffix is durable, and nobody has been told"
    BeforeAppendSync "before-append-sync" "new entries are about to be stored"
    AfterAppendSync "after-append-sync" "new entries are durable, and nobody has been told"
    AfterLogWrite "after-log-write" "a batch is written to the log's file, and not synced"
    AfterSegmentSync "after-segment-sync" "a new segment of the log is synced, and has not got its name"
    AfterSegmentRename "after-segment-rename" "a new segment of the log has its name, which is not synced"
    AfterSegmentDirSync "after-segment-dir-sync" "a new segment of the log is there and durable, and holds nothing"
    BeforeVoteAnswer "before-vote-answer" "a vote is durable, and its message has not left"
    AfterVoteAnswer "after-vote-answer" "a vote has left"
    BeforeAppendAnswer "before-append-answer" "entries are durable, and the message that says so has not left"
    AfterAppendAnswer "after-append-answer" "the message has left that says that entries are durable"
    BeforeApply "before-apply" "entries are committed, and not applied"
    AfterApply "after-apply" "entries are applied, and no client has been told"
    AfterSnapshotWrite "after-snapshot-write" "a snapshot is written to the end, and not synced"
    AfterSnapshotSync "after-snapshot-sync" "a snapshot is synced, and has not got its name"
    AfterSnapshotRename "after-snapshot-rename" "a snapshot has its name, which is not synced"
    AfterSnapshotDirSync "after-snapshot-dir-sync" "a snapshot is there and durable, and nothing refers to it"
    BeforeInstall "before-install" "the leader's snapshot is durable, and has not taken the place of the state"
    AfterInstall "after-install" "the leader's snapshot has taken the place of the state, and the log on disk is the old one"
    BeforeCut "before-cut" "the log is about to begin after a snapshot"
    AfterCut "after-cut" "the log begins after a snapshot, and older segments are still there"
    AfterRetire "after-retire" "a segment that is not needed has lost its name"
    BeforeSnapshotRemove "before-snapshot-remove" "the log begins after a newer snapshot, and the older one is still there"
    AfterSnapshotRemove "after-snapshot-remove" "an older snapshot is removed, which is not synced"
}

/// The node is at this step.
#[inline(always)]
pub fn reach(point: CrashPoint) {
    #[cfg(feature = "fault-injection")]
    armed::reach(point);
    #[cfg(not(feature = "fault-injection"))]
    let _ = point;
}

#[cfg(feature = "fault-injection")]
pub use armed::{arm, die};

#[cfg(feature = "fault-injection")]
mod armed {
    use super::CrashPoint;
    use nix::sys::signal::{Signal, raise};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Where to die, as its number and one; 0 for nowhere. Of the process and not of a node, as dying is.
    static ARMED: AtomicU32 = AtomicU32::new(0);
    /// At which passing from now on.
    static PASSINGS: AtomicU32 = AtomicU32::new(0);

    /// Lets the process die at the `n`th passing of this point, from 1; or nowhere any more.
    pub fn arm(point: Option<(CrashPoint, u32)>) {
        ARMED.store(0, Ordering::SeqCst);
        if let Some((point, n)) = point {
            PASSINGS.store(n, Ordering::SeqCst);
            ARMED.store(point as u32 + 1, Ordering::SeqCst);
        }
    }

    pub fn reach(point: CrashPoint) {
        if ARMED.load(Ordering::Relaxed) == point as u32 + 1 && is_over(&PASSINGS) {
            die(&format!("crash point {}", point.name()));
        }
    }

    /// Counts a passing; whether it was the one. Of those that pass at the same time, one is told so.
    fn is_over(passings: &AtomicU32) -> bool {
        passings.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) == Ok(1)
    }

    /// Ends the process as SIGKILL ends it, and leaves a line on standard error that says why.
    pub fn die(why: &str) -> ! {
        eprintln!("fault injection: {why}");
        let _ = raise(Signal::SIGKILL);
        // The signal cannot be held back; it only needs a moment.
        loop {
            std::thread::park();
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_passing_that_was_named_is_the_one() {
            let passings = AtomicU32::new(3);
            assert_eq!([(); 5].map(|()| is_over(&passings)), [false, false, true, false, false]);
        }

        #[test]
        fn points_that_are_not_armed_are_passed() {
            CrashPoint::ALL.iter().for_each(|point| reach(*point));
        }
    }
}

impl std::str::FromStr for CrashPoint {
    type Err = String;

    fn from_str(name: &str) -> Result<CrashPoint, String> {
        let found = CrashPoint::ALL.iter().find(|point| point.name() == name);
        found.copied().ok_or_else(|| format!("no crash point is named `{name}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_point_is_found_by_its_name() {
        let names: BTreeSet<&str> = CrashPoint::ALL.iter().map(|point| point.name()).collect();
        assert_eq!(names.len(), CrashPoint::ALL.len());
        assert!(CrashPoint::ALL.iter().all(|point| point.name().parse() == Ok(*point)));
        assert_eq!("after-lunch".parse::<CrashPoint>(), Err("no crash point is named `after-lunch`".to_owned()));
    }
}
