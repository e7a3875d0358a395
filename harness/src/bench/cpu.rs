//! What a process has used of the processors.

use std::{fs, io, time::Duration};

/// Ticks a second of the times in `/proc`: part of Linux's interface, whatever the kernel itself counts in.
const TICKS_A_SECOND: u64 = 100;
/// The fields `utime` and `stime`, counted from the one behind the command's name.
const UTIME: usize = 11;

/// How long all threads of a process, also those that have ended, have run so far, in user space and in the kernel.
///
/// # Errors
/// If there is no such process.
pub fn cpu_time(pid: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    ticks(&stat)
        .map(|ticks| Duration::from_millis(ticks * 1000 / TICKS_A_SECOND))
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("`{stat}` has no times")))
}

/// `utime` and `stime` together.
fn ticks(stat: &str) -> Option<u64> {
    // The command's name stands in parentheses and may contain any character.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(UTIME);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_found_behind_any_command_name() {
        let stat = "17 (a) 1 2 (b) S 1 17 17 0 -1 4194560 9 0 0 0 250 31 0 0 20 0 2 0";
        assert_eq!(ticks(stat), Some(281));
        assert_eq!(ticks("17 (node) S 1"), None);
    }

    #[test]
    fn this_process_has_used_some() {
        let start = std::time::Instant::now();
        let before = cpu_time(std::process::id()).expect("this process exists");
        while cpu_time(std::process::id()).expect("this process exists") == before {
            assert!(start.elapsed() < Duration::from_secs(60), "a loop takes time");
        }
    }
}
