//! The exit codes. They are a published interface: the help and the README show this table.

use std::process::ExitCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Valid, and every gate met.
    Valid,
    /// A property was violated.
    Violation,
    /// No violation, but a checker is unknown.
    Unknown,
    /// Safe, but a gate failed.
    Gate,
    /// Proved nothing.
    Nothing,
    /// Interrupted.
    Interrupted,
    /// Bad arguments or configuration.
    BadInput,
    /// The harness or the machine failed.
    Trouble,
}

impl Exit {
    const ALL: [Exit; 8] = [
        Exit::Valid,
        Exit::Violation,
        Exit::Unknown,
        Exit::Gate,
        Exit::Nothing,
        Exit::Interrupted,
        Exit::BadInput,
        Exit::Trouble,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Valid => 0,
            Exit::Violation => 1,
            Exit::Unknown => 2,
            Exit::Gate => 3,
            Exit::Nothing => 4,
            Exit::Interrupted => 130,
            Exit::BadInput => 254,
            Exit::Trouble => 255,
        }
    }

    /// What it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Valid => "valid, and every gate met",
            Exit::Violation => "a property was violated",
            Exit::Unknown => "no violation, but a checker is unknown (its budget ran out)",
            Exit::Gate => "safe, but a gate failed: availability or recovery",
            Exit::Nothing => {
                "proved nothing: no operation succeeded, or no fault of a nemesis that was named took effect"
            }
            Exit::Interrupted => "interrupted",
            Exit::BadInput => "bad arguments or configuration",
            Exit::Trouble => "the harness or the machine failed",
        }
    }

    /// The exit with this number, as a run's results hold it; trouble, if there is none.
    pub fn from_code(code: i32) -> Exit {
        Exit::ALL.into_iter().find(|exit| i32::from(exit.code()) == code).unwrap_or(Exit::Trouble)
    }

    /// Its place among the exits of several runs, the worst first: a violation is never masked.
    pub fn rank(self) -> usize {
        const WORST_FIRST: [Exit; 8] = [
            Exit::Violation,
            Exit::Interrupted,
            Exit::BadInput,
            Exit::Trouble,
            Exit::Unknown,
            Exit::Gate,
            Exit::Nothing,
            Exit::Valid,
        ];
        WORST_FIRST.into_iter().position(|exit| exit == self).unwrap_or_default()
    }

    /// The table, a line a code.
    pub fn table() -> String {
        let lines = Exit::ALL.map(|exit| format!("  {:>3}  {}\n", exit.code(), exit.meaning()));
        format!("Exit codes:\n{}", lines.concat())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_runs_the_worst_decides() {
        let worst = |exits: &[Exit]| exits.iter().copied().min_by_key(|exit| exit.rank());
        assert_eq!(worst(&[Exit::Valid, Exit::Trouble, Exit::Violation, Exit::Interrupted]), Some(Exit::Violation));
        assert_eq!(worst(&[Exit::Unknown, Exit::Trouble, Exit::Gate]), Some(Exit::Trouble));
        assert_eq!(worst(&[Exit::Valid, Exit::Nothing]), Some(Exit::Nothing));
    }

    #[test]
    fn the_readme_shows_the_exit_codes_as_they_are() {
        let readme = include_str!("../README.md");
        for exit in Exit::ALL {
            let row = format!("| {} | {} |", exit.code(), exit.meaning());
            assert!(readme.contains(&row), "the README lacks `{row}`");
        }
    }
}
