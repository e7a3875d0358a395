//! Making a run's directory, and writing its files so that no reader ever sees half of one.

use super::RunDir;
use crate::test::Test;
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The longest part of a directory's name that names nemeses: file names are limited, lists of nemeses are not.
const NEMESIS_BYTES_MAX: usize = 80;

impl RunDir {
    /// Makes the directory of a new run: `<out>/<UTC time>-<system>-<workload>-<nemesis>-<seed>`. Two runs never share one.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(test: &Test, now: SystemTime) -> io::Result<RunDir> {
        fs::create_dir_all(&test.out)?;
        let name = run_name(test, now);
        for number in 1.. {
            let name = if number == 1 { name.clone() } else { format!("{name}-{number}") };
            let path = test.out.join(name);
            match fs::create_dir(&path) {
                // The nodes work in directories of their own, so that their paths must not depend on the working directory.
                Ok(()) => return Ok(RunDir::new(fs::canonicalize(path)?)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        unreachable!("one of the numbers is free")
    }

    /// Makes `latest`, beside this directory, a link to it.
    ///
    /// # Errors
    /// If it cannot be made, for instance because something that is no link has that name.
    pub fn link_latest(&self) -> io::Result<()> {
        let name = self.path().file_name().ok_or(io::ErrorKind::InvalidInput)?;
        // A link of another name is made first and then renamed: at every moment there is a `latest`, the old or the new.
        let mut temporary = name.to_os_string();
        temporary.push(".latest");
        let temporary = self.path().with_file_name(temporary);
        symlink(name, &temporary)?;
        fs::rename(&temporary, self.path().with_file_name("latest")).inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
    }
}

/// Replaces a file by a value as JSON: whoever reads it, also after a crash of the harness, finds the old value or the new.
///
/// # Errors
/// If that fails.
pub fn replace_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_json(path, value, false)
}

/// Sets space aside for a file that [`save_json`] is going to write: it can be written even when the disk is full by then.
///
/// # Errors
/// If there is no such space.
pub fn reserve(path: &Path, bytes: usize) -> io::Result<()> {
    let mut file = File::create(temporary(path))?;
    // Zeros, and not a hole or a promise: what is overwritten needs no new blocks.
    file.write_all(&vec![0; bytes])?;
    file.sync_all()
}

/// As [`replace_json`], and returns only when the value is on stable storage.
///
/// # Errors
/// If that fails.
pub fn save_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_json(path, value, true)
}

fn write_json(path: &Path, value: &impl Serialize, durably: bool) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    let temporary = temporary(path);
    // What is there already may be space that was reserved, and is kept.
    let mut file = File::options().create(true).write(true).truncate(false).open(&temporary)?;
    file.write_all(&bytes)?;
    file.set_len(bytes.len() as u64)?;
    if durably {
        file.sync_all()?;
    }
    fs::rename(&temporary, path)?;
    if durably {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(".new");
    PathBuf::from(name)
}

fn run_name(test: &Test, now: SystemTime) -> String {
    let mut nemesis = if test.nemesis.is_empty() { "none".to_string() } else { test.nemesis.join("+") };
    nemesis.retain(|c| c.is_ascii());
    nemesis.truncate(NEMESIS_BYTES_MAX);
    let name = format!("{}-{}-{}-{}-{}", utc(now), test.system, test.workload, nemesis, test.seed);
    let fit = |c: char| c.is_ascii_alphanumeric() || "-+._".contains(c);
    name.chars().map(|c| if fit(c) { c } else { '_' }).collect()
}

/// `20260131T235959Z`: sorts by time, and needs no quoting anywhere.
fn utc(now: SystemTime) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The date of a day, counted from 1970-01-01.
fn date(mut day: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    loop {
        let days = if is_leap(year) { 366 } else { 365 };
        if day < days {
            break;
        }
        (day, year) = (day - days, year + 1);
    }
    let february = if is_leap(year) { 29 } else { 28 };
    for (month, days) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if day < days {
            return (year, month, day + 1);
        }
        day -= days;
    }
    unreachable!("a day of the year lies in a month")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(out: &Path, nemesis: &[&str]) -> Test {
        let nemesis = nemesis.iter().map(ToString::to_string).collect();
        Test { out: out.to_path_buf(), nemesis, ..crate::test::example() }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn time_is_written_in_utc() {
        let table = [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_709_251_199, "20240229T235959Z"),
            (1_709_251_200, "20240301T000000Z"),
            (1_767_225_599, "20251231T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
        ];
        for (seconds, text) in table {
            assert_eq!(utc(at(seconds)), text);
        }
    }

    #[test]
    fn a_directory_is_named_after_its_test() {
        let test = test(Path::new("runs"), &["partition", "kill"]);
        assert_eq!(run_name(&test, at(0)), "19700101T000000Z-raft-register-partition+kill-7");
    }

    #[test]
    fn a_directory_name_is_always_one_name_and_never_too_long() {
        let test = Test { workload: "../x y".to_string(), ..test(Path::new("runs"), &["é"; 200]) };
        let name = run_name(&test, at(0));
        assert!(!name.contains(['/', ' ']) && name.len() < 200, "{name}");
    }

    #[test]
    fn two_runs_of_one_second_have_two_directories_and_latest_is_the_newer() {
        let out = tempfile::tempdir().expect("a directory");
        let test = test(out.path(), &[]);
        let (first, second) = (RunDir::create(&test, at(0)), RunDir::create(&test, at(0)));
        let (first, second) = (first.expect("made"), second.expect("made"));
        assert_ne!(first.path(), second.path());
        for run in [&first, &second] {
            run.link_latest().expect("linked");
            assert_eq!(fs::canonicalize(out.path().join("latest")).expect("a link"), run.path());
        }
        assert_eq!(fs::read_dir(out.path()).expect("a directory").count(), 3, "nothing temporary is left");
    }

    #[test]
    fn what_was_reserved_becomes_the_file() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("results.json");
        reserve(&path, 100_000).expect("space");
        let reserved = fs::metadata(temporary(&path)).expect("a file");
        assert!(reserved.blocks() * 512 >= 100_000, "the space is really taken");
        save_json(&path, &["the verdict"]).expect("it is written");
        assert_eq!(fs::metadata(&path).expect("a file").ino(), reserved.ino());
        assert_eq!(fs::read_to_string(&path).expect("text"), "[\n  \"the verdict\"\n]\n");
        assert!(!temporary(&path).exists());
    }

    #[test]
    fn json_is_replaced_as_a_whole() {
        let out = tempfile::tempdir().expect("a directory");
        let path = out.path().join("value.json");
        replace_json(&path, &[1, 2, 3]).expect("written");
        save_json(&path, &[4]).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("text"), "[\n  4\n]\n");
        assert_eq!(fs::read_dir(out.path()).expect("a directory").count(), 1, "nothing temporary is left");
    }
}
