//! The faults that only the node itself can carry out: a clock that lies, a disk that is slow, full or fails, a power failure, an end at
//! a chosen step. Any client may ask for them with `FAULT`, if the node was started with `--allow-faults`. The connection sees to it, and
//! not the driver, which a slow disk may hold up.
//!
//! | words after `FAULT` | what they do |
//! | --- | --- |
//! | `CLOCK JUMP 500ms`, `JUMP -500ms` | the clock shows so much more, or less |
//! | `CLOCK RATE 1.5` | it runs at one and a half times its speed |
//! | `CLOCK STROBE 200ms 10ms` | it jumps ahead by the first and back, each time that the second has passed |
//! | `CLOCK FREEZE`, `CLOCK RESET` | it stands still; it runs as it should, and stays ahead if it was ahead |
//! | `CLOCK` | by how many µs it is ahead of the true time, and how far it has strayed since the last reset |
//! | `DISK SLOW 50ms` | each sync takes so much longer |
//! | `DISK FAIL-SYNC 1` | so many syncs fail, and lose what they were to store |
//! | `DISK FULL GROWTH`, `DISK FULL EVERY-WRITE` | there is no space left for longer files, or for any write, as where a file system copies on write |
//! | `DISK RESET` | all of that is over: there is space again |
//! | `DISK` | what came of it, and what is held that was not synced |
//! | `POWER WHOLE`, `POWER TORN 7`, `POWER SUBSET 7` | the power goes: of what was not synced all is lost, all behind a random point, or a random set of sectors and names, by this seed |
//! | `POWER … AT 3` | not now, but at the third sync from now, before anything of that is stored |
//! | `CRASH after-log-write`, `CRASH after-log-write 3` | the node dies at this [`CrashPoint`], the first or the third time |
//! | `CRASH OFF` | it does not |

use super::clock::Clock;
use super::distortion::ClockFault;
use crate::{
    crash_point::{self, CrashPoint},
    kv::Reply,
    storage::{
        HeldDisk, Loss, OsDisk,
        held_disk::{DiskCounts, Full},
    },
};
use bytes::Bytes;
use std::{str::FromStr, time::Duration};

/// What can go wrong.
#[derive(Clone)]
pub struct Faults {
    /// The core's clock.
    pub clock: Clock,
    /// The disk of the log, the snapshots and the identity.
    pub disk: HeldDisk,
}

/// What is to go wrong, or is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// How is the clock?
    AskClock,
    /// This is done to it.
    Clock(ClockFault),
    /// How is the disk?
    AskDisk,
    /// Syncs take so much longer.
    SlowDisk(Duration),
    /// So many syncs fail.
    FailSyncs(u64),
    /// There is no space for these.
    FullDisk(Full),
    /// The disk works as it should.
    MendDisk,
    /// The power goes: now, or at a later sync, counted from 1.
    Power {
        /// What it takes.
        loss: Loss,
        /// What is left to chance comes from this.
        seed: u64,
        /// At which sync.
        at: Option<u64>,
    },
    /// The node dies at the `n`th passing of a point, or passes all of them.
    Crash(Option<(CrashPoint, u32)>),
}

impl Faults {
    /// A clock and a disk that work.
    pub fn over(real: OsDisk) -> Faults {
        Faults { clock: Clock::start_faulty(), disk: HeldDisk::over(real) }
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").field("clock", &self.clock).finish_non_exhaustive()
    }
}

/// What the words after `FAULT` ask for.
///
/// # Errors
/// A sentence about what cannot be understood.
pub fn parse(words: &[Bytes]) -> Result<Fault, String> {
    let words: Vec<String> = words.iter().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    Ok(match words[..] {
        ["clock"] => Fault::AskClock,
        ["clock", "jump", by] => {
            let (sign, length) = by.strip_prefix('-').map_or((1, by), |length| (-1, length));
            let ns = i64::try_from(duration(length)?.as_nanos()).map_err(|_| format!("`{by}` is too long"))?;
            Fault::Clock(ClockFault::Jump(sign * ns))
        }
        ["clock", "rate", rate] => {
            let rate = number::<f64>(rate)?;
            if !(0.0..=1000.0).contains(&rate) {
                return Err(format!("a rate of {rate} is not between 0 and 1000"));
            }
            Fault::Clock(ClockFault::Rate((rate * 1e6).round() as u32))
        }
        ["clock", "strobe", ahead, period] => Fault::Clock(ClockFault::Strobe(duration(ahead)?, duration(period)?)),
        ["clock", "freeze"] => Fault::Clock(ClockFault::Freeze),
        ["clock", "reset"] => Fault::Clock(ClockFault::Reset),
        ["disk"] => Fault::AskDisk,
        ["disk", "slow", delay] => Fault::SlowDisk(duration(delay)?),
        ["disk", "fail-sync", count] => Fault::FailSyncs(number(count)?),
        ["disk", "full", "growth"] => Fault::FullDisk(Full::Growth),
        ["disk", "full", "every-write"] => Fault::FullDisk(Full::EveryWrite),
        ["disk", "reset"] => Fault::MendDisk,
        ["power", "whole"] => Fault::Power { loss: Loss::Everything, seed: 0, at: None },
        ["power", "whole", "at", at] => Fault::Power { loss: Loss::Everything, seed: 0, at: Some(count(at)?) },
        ["power", loss @ ("torn" | "subset"), seed, ref rest @ ..] => {
            let at = match rest {
                [] => None,
                ["at", at] => Some(count(at)?),
                _ => return Err(format!("`{}` is not `at` and the number of a sync", rest.join(" "))),
            };
            let loss = if loss == "torn" { Loss::Tail } else { Loss::Sectors };
            Fault::Power { loss, seed: number(seed)?, at }
        }
        ["crash", "off"] => Fault::Crash(None),
        ["crash", point] => Fault::Crash(Some((point.parse()?, 1))),
        ["crash", point, n] => Fault::Crash(Some((point.parse()?, count(n)?))),
        _ => return Err(format!("`{}` is no fault", words.join(" "))),
    })
}

fn duration(word: &str) -> Result<Duration, String> {
    humantime::parse_duration(word).map_err(|error| format!("`{word}` is no duration: {error}"))
}

fn number<T: FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("`{word}` is no number that fits here"))
}

/// One that counts from 1.
fn count<T: FromStr + PartialOrd + From<u8>>(word: &str) -> Result<T, String> {
    number(word).ok().filter(|count| *count >= T::from(1)).ok_or_else(|| format!("`{word}` is no count from 1"))
}

/// Does it, and replies; if the process is not meant to end at once.
pub fn inject(faults: Option<&Faults>, fault: &Fault) -> Reply {
    let Some(Faults { clock, disk }) = faults else {
        return Reply::Error("ERR this node was started without --allow-faults".to_owned());
    };
    tracing::warn!(?fault, "fault injection");
    match *fault {
        Fault::AskClock => {
            return fields([("offset_us", clock.offset_ns() / 1000), ("strayed_us", clock.strayed_ns() / 1000)]);
        }
        Fault::Clock(fault) => clock.bend(fault),
        Fault::AskDisk => return fields(numbers(disk.counts())),
        Fault::SlowDisk(delay) => disk.delay_syncs(delay),
        Fault::FailSyncs(count) => disk.fail_syncs(count),
        Fault::FullDisk(full) => disk.set_full(Some(full)),
        Fault::MendDisk => disk.mend(),
        Fault::Power { loss, seed, at: None } => lose_power(disk, loss, seed),
        Fault::Power { loss, seed, at: Some(at) } => disk.at_sync(at, move |disk| lose_power(disk, loss, seed)),
        Fault::Crash(at) => crash_point::arm(at),
    }
    Reply::Ok
}

/// Ends the node as a power failure does. The last line on standard error says what there was to lose.
fn lose_power(disk: &HeldDisk, loss: Loss, seed: u64) {
    let DiskCounts { bytes_held, files_held, names_held, .. } = disk.counts();
    let why = format!("power failure, {bytes_held} bytes of {files_held} files and {names_held} names were not synced");
    // The disk stands still until the end, so that nobody learns of its failure.
    let Err(error) = disk.lose_power(loss, seed, || crash_point::die(&why));
    crash_point::die(&format!("{why}; what is left of them cannot be written: {error}"));
}

fn numbers(counts: DiskCounts) -> [(&'static str, i64); 6] {
    let DiskCounts { syncs_delayed, syncs_failed, writes_refused, bytes_held, files_held, names_held } = counts;
    [
        ("syncs_delayed", syncs_delayed),
        ("syncs_failed", syncs_failed),
        ("writes_refused", writes_refused),
        ("bytes_held", bytes_held),
        ("files_held", files_held),
        ("names_held", names_held),
    ]
    .map(|(name, number)| (name, number.cast_signed()))
}

fn fields<const N: usize>(fields: [(&'static str, i64); N]) -> Reply {
    let pair = |(name, number)| [Reply::Bulk(Bytes::from_static(str::as_bytes(name))), Reply::Integer(number)];
    Reply::Array(fields.into_iter().flat_map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Fault, String> {
        parse(&words.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect::<Vec<_>>())
    }

    #[test]
    fn words_are_understood() {
        let ms = Duration::from_millis;
        let rows = [
            ("clock", Fault::AskClock),
            ("CLOCK JUMP -500ms", Fault::Clock(ClockFault::Jump(-500_000_000))),
            ("clock jump 2s", Fault::Clock(ClockFault::Jump(2_000_000_000))),
            ("clock rate 1.5", Fault::Clock(ClockFault::Rate(1_500_000))),
            ("clock strobe 200ms 10ms", Fault::Clock(ClockFault::Strobe(ms(200), ms(10)))),
            ("clock freeze", Fault::Clock(ClockFault::Freeze)),
            ("clock reset", Fault::Clock(ClockFault::Reset)),
            ("disk", Fault::AskDisk),
            ("disk slow 50ms", Fault::SlowDisk(ms(50))),
            ("disk fail-sync 2", Fault::FailSyncs(2)),
            ("disk full growth", Fault::FullDisk(Full::Growth)),
            ("disk full every-write", Fault::FullDisk(Full::EveryWrite)),
            ("disk reset", Fault::MendDisk),
            ("power whole", Fault::Power { loss: Loss::Everything, seed: 0, at: None }),
            ("power whole at 2", Fault::Power { loss: Loss::Everything, seed: 0, at: Some(2) }),
            ("power torn 7", Fault::Power { loss: Loss::Tail, seed: 7, at: None }),
            ("power subset 7 at 3", Fault::Power { loss: Loss::Sectors, seed: 7, at: Some(3) }),
            ("crash after-log-write", Fault::Crash(Some((CrashPoint::AfterLogWrite, 1)))),
            ("CRASH After-Log-Write 3", Fault::Crash(Some((CrashPoint::AfterLogWrite, 3)))),
            ("crash off", Fault::Crash(None)),
        ];
        for (words, fault) in rows {
            assert_eq!(parsed(words), Ok(fault), "{words}");
        }
    }

    #[test]
    fn words_that_are_not_understood_are_named() {
        let rows = [
            ("earthquake", "`earthquake` is no fault"),
            ("clock jump soon", "`soon` is no duration: expected number at 0"),
            ("clock rate -1", "a rate of -1 is not between 0 and 1000"),
            ("disk fail-sync many", "`many` is no number that fits here"),
            ("power torn 7 then", "`then` is not `at` and the number of a sync"),
            ("power whole at 0", "`0` is no count from 1"),
            ("crash after-lunch", "no crash point is named `after-lunch`"),
            ("crash after-apply 0", "`0` is no count from 1"),
        ];
        for (words, error) in rows {
            assert_eq!(parsed(words), Err(error.to_owned()), "{words}");
        }
    }

    #[test]
    fn clock_and_disk_go_wrong_and_say_so() {
        let faults = Faults::over(OsDisk::new());
        let does = |words: &str| inject(Some(&faults), &parsed(words).unwrap());
        assert_eq!(does("clock jump 3600s"), Reply::Ok);
        let Reply::Array(offset) = does("clock") else { panic!("fields") };
        assert_eq!(offset[..2], [Reply::Bulk("offset_us".into()), Reply::Integer(3_600_000_000)]);
        assert_eq!(offset[2..], [Reply::Bulk("strayed_us".into()), Reply::Integer(3_600_000_000)]);
        assert_eq!(does("disk full growth"), Reply::Ok);
        let folder = tempfile::tempdir().unwrap();
        let create = || crate::storage::Disk::create(&mut faults.disk.clone(), &folder.path().join("a")).map(drop);
        assert!(create().is_err());
        let Reply::Array(counts) = does("disk") else { panic!("fields") };
        assert!(counts.chunks(2).any(|pair| pair == [Reply::Bulk("writes_refused".into()), Reply::Integer(1)]));
        assert_eq!(does("disk reset"), Reply::Ok);
        assert!(create().is_ok());
        let refused = inject(None, &Fault::MendDisk);
        assert_eq!(refused, Reply::Error("ERR this node was started without --allow-faults".to_owned()));
    }
}
