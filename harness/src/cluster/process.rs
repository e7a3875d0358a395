//! What there is to say about a process.

use serde::{Deserialize, Serialize};
use std::{fmt, fs, process::ExitStatus};

/// What a node's process is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessState {
    /// It was never started.
    NotStarted,
    /// It runs, or could.
    Running,
    /// All of its threads are stopped by a signal.
    Stopped,
    /// It has ended.
    Dead,
}

impl fmt::Display for ProcessState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProcessState::NotStarted => "not started",
            ProcessState::Running => "running",
            ProcessState::Stopped => "stopped",
            ProcessState::Dead => "dead",
        })
    }
}

/// A process that ended because the harness wanted it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The node.
    pub node: String,
    /// The process it was.
    pub pid: u32,
    /// How it ended, as the kernel says.
    pub status: ExitStatus,
    /// Whether it had to be killed.
    pub is_killed: bool,
}

/// How a process ends that a fault makes end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnEnd {
    /// By SIGKILL, as after a power failure.
    Killed,
    /// With an exit code that is not 0: it cannot go on.
    Failed,
}

/// A node that ended though nobody asked it to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnexpectedExit {
    /// The node.
    pub node: String,
    /// How it ended.
    pub status: ExitStatus,
    /// The end of its standard error since it was started.
    pub stderr_tail: String,
}

/// Whether every thread of a process is stopped by a signal. The signal reaches them one after the other.
pub(super) fn is_stopped(pid: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    let mut states =
        threads.flatten().filter_map(|thread| state_letter(&fs::read_to_string(thread.path().join("stat")).ok()?));
    let first = states.next();
    first.is_some() && first.into_iter().chain(states).all(|state| state == 'T')
}

/// The state in a line of `/proc/<pid>/stat`: the field after the command's name, which stands in parentheses and may
/// contain any character.
fn state_letter(stat: &str) -> Option<char> {
    stat.rsplit_once(')')?.1.trim_start().chars().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_found_behind_any_command_name() {
        assert_eq!(state_letter("17 (node) T 1 17 17 0"), Some('T'));
        assert_eq!(state_letter("17 (a) S) (b) R 1 17"), Some('R'));
        assert_eq!(state_letter(""), None);
    }

    #[test]
    fn this_process_is_not_stopped() {
        assert!(!is_stopped(std::process::id()));
    }
}
