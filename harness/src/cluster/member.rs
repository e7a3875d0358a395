//! One node's process, from its start to its end and again. A signal is only ever sent while the process is known not to
//! have been reaped, so that it cannot hit a stranger who was given the same number.

use super::{ClusterError, Ended, Launcher, OwnEnd, POLL, Port, ProcessState, UnexpectedExit, process::is_stopped};
use crate::{store::RunDir, system::NodeSpec};
use nix::{
    sys::signal::{self, Signal},
    unistd::Pid,
};
use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// How long the kernel may take over a signal. It needs microseconds; the rest is for a machine that is overwhelmed.
const SIGNAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a node's standard error is worth showing.
const STDERR_BYTES_SHOWN: u64 = 4 << 10;
const STDERR_LINES_SHOWN: usize = 20;

/// A node and its process.
pub(super) struct Member {
    pub spec: NodeSpec,
    stdout: PathBuf,
    stderr: PathBuf,
    _ports: [Port; 2],
    process: Mutex<Process>,
}

#[derive(Default)]
struct Process {
    /// The process, until it is reaped.
    child: Option<Child>,
    /// What the harness did to end it.
    asked: Asked,
    /// How the one before ended, and its number.
    last: Option<(u32, ExitStatus)>,
    /// Where in the file its standard error begins.
    stderr_from: u64,
    unexpected: Vec<UnexpectedExit>,
}

/// Every reason for which a process may end. Several faults may hit a node at once, and which comes first is not known.
#[derive(Clone, Copy, Default)]
struct Asked {
    to_end: bool,
    killed: bool,
    /// How many faults make it end like this by itself.
    own_kills: u32,
    own_failures: u32,
}

impl Asked {
    fn by_itself(end: Option<OwnEnd>) -> Asked {
        let mut asked = Asked::default();
        if let Some(end) = end {
            *asked.own(end) += 1;
        }
        asked
    }

    fn own(&mut self, end: OwnEnd) -> &mut u32 {
        match end {
            OwnEnd::Killed => &mut self.own_kills,
            OwnEnd::Failed => &mut self.own_failures,
        }
    }

    /// Whether this is an end that somebody wanted.
    fn explains(self, status: ExitStatus) -> bool {
        let is_killed = status.signal() == Some(Signal::SIGKILL as i32);
        let has_failed = status.code().is_some_and(|code| code != 0);
        // Who is asked to end may end by itself just before.
        self.to_end || is_killed && (self.killed || self.own_kills > 0) || has_failed && self.own_failures > 0
    }
}

impl Member {
    pub fn new(spec: NodeSpec, run: &RunDir, ports: [Port; 2]) -> Member {
        let (stdout, stderr) = (run.node_stdout(&spec.name), run.node_stderr(&spec.name));
        Member { spec, stdout, stderr, _ports: ports, process: Mutex::default() }
    }

    /// Starts its process, which may end like this without anybody's doing.
    pub fn spawn(&self, launcher: &Launcher, mut command: Command, end: Option<OwnEnd>) -> Result<u32, ClusterError> {
        let mut process = self.look();
        if process.child.is_some() {
            drop(process);
            return Err(self.wrong_state("start"));
        }
        let data = &self.spec.data;
        fs::create_dir_all(data).map_err(|source| self.file_error(data, source))?;
        let (stdout, stderr) = (self.append(&self.stdout)?, self.append(&self.stderr)?);
        process.stderr_from = stderr.metadata().map_err(|source| self.file_error(&self.stderr, source))?.len();
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let program = command.get_program().to_string_lossy().into_owned();
        let child = launcher.spawn(command).map_err(|source| {
            let node = self.spec.name.clone();
            ClusterError::Spawn { node, program, source }
        })?;
        let pid = child.id();
        process.child = Some(child);
        process.asked = Asked::by_itself(end);
        Ok(pid)
    }

    pub fn state(&self) -> ProcessState {
        let process = self.look();
        match &process.child {
            Some(child) if is_stopped(child.id()) => ProcessState::Stopped,
            Some(_) => ProcessState::Running,
            None if process.last.is_some() => ProcessState::Dead,
            None => ProcessState::NotStarted,
        }
    }

    pub fn pid(&self) -> Option<u32> {
        self.look().child.as_ref().map(Child::id)
    }

    pub fn unexpected_exits(&self) -> Vec<UnexpectedExit> {
        self.look().unexpected.clone()
    }

    pub async fn kill(&self) -> Result<Ended, ClusterError> {
        let pid = self.signal(Signal::SIGKILL, "kill")?;
        match self.await_reaped(pid, SIGNAL_TIMEOUT).await {
            Some(status) => Ok(Ended { node: self.spec.name.clone(), pid, status, is_killed: true }),
            None => Err(self.no_effect("SIGKILL", pid, "it is still there")),
        }
    }

    pub async fn pause(&self) -> Result<u32, ClusterError> {
        let pid = self.signal(Signal::SIGSTOP, "pause")?;
        self.await_state(pid, ProcessState::Stopped, "SIGSTOP").await
    }

    pub async fn resume(&self) -> Result<u32, ClusterError> {
        let pid = self.signal(Signal::SIGCONT, "resume")?;
        self.await_state(pid, ProcessState::Running, "SIGCONT").await
    }

    /// Asks it to end, also if it is stopped: a stopped process gets no signal but SIGKILL before it goes on.
    pub fn ask_to_end(&self) {
        if self.signal(Signal::SIGTERM, "end").is_ok() {
            let _ = self.signal(Signal::SIGCONT, "resume");
        }
    }

    /// From now on its process may end like this without anybody's doing.
    pub fn expect(&self, end: OwnEnd) {
        *self.look().asked.own(end) += 1;
    }

    /// One who expected that does so no more.
    pub fn no_longer_expect(&self, end: OwnEnd) {
        let mut process = self.look();
        let count = process.asked.own(end);
        *count = count.saturating_sub(1);
    }

    /// How the process with this number ended. `None` if it is still there when this much time has passed.
    pub async fn await_own_end(&self, pid: u32, limit: Duration) -> Option<Ended> {
        let status = self.await_reaped(pid, limit).await?;
        Some(Ended { node: self.spec.name.clone(), pid, status, is_killed: false })
    }

    /// Waits for its end, and kills it when that takes too long. `None` if it was not alive.
    pub async fn await_end(&self, limit: Duration) -> Option<Ended> {
        let pid = self.pid().or_else(|| {
            // It may have followed the request already.
            let process = self.look();
            process.last.filter(|_| process.asked.to_end).map(|(pid, _)| pid)
        })?;
        let node = self.spec.name.clone();
        match self.await_reaped(pid, limit).await {
            Some(status) => Some(Ended { node, pid, status, is_killed: false }),
            None => self.kill().await.ok(),
        }
    }

    /// The first half of the end without a runtime: SIGKILL, if it is alive.
    pub fn signal_kill(&self) {
        let _ = self.signal(Signal::SIGKILL, "kill");
    }

    /// The second half: waits until it is gone.
    pub fn reap_killed(&self) {
        if let Some(mut child) = self.lock().child.take() {
            let _ = child.wait();
        }
    }

    /// The error that it has ended.
    pub fn ended(&self) -> ClusterError {
        let status = self.look().last.map(|(_, status)| status);
        ClusterError::Ended { node: self.spec.name.clone(), status, stderr: self.stderr_tail() }
    }

    /// The last lines of its standard error since it was started.
    pub fn stderr_tail(&self) -> String {
        let from = self.lock().stderr_from;
        tail(&self.stderr, from)
    }

    /// The process as it is now: if it has ended, that is noticed here, and nowhere else.
    fn look(&self) -> MutexGuard<'_, Process> {
        let mut process = self.lock();
        if let Some(child) = &mut process.child {
            let pid = child.id();
            if let Ok(Some(status)) = child.try_wait() {
                process.child = None;
                process.last = Some((pid, status));
                if !process.asked.explains(status) {
                    let stderr_tail = tail(&self.stderr, process.stderr_from);
                    process.unexpected.push(UnexpectedExit { node: self.spec.name.clone(), status, stderr_tail });
                }
            }
        }
        process
    }

    fn lock(&self) -> MutexGuard<'_, Process> {
        self.process.lock().expect("no panic while a process is looked at")
    }

    /// Sends a signal to the process, which is alive or at least not reaped: the lock is held meanwhile.
    fn signal(&self, signal: Signal, action: &'static str) -> Result<u32, ClusterError> {
        let mut process = self.look();
        let Some(pid) = process.child.as_ref().map(Child::id) else {
            drop(process);
            return Err(self.wrong_state(action));
        };
        match signal {
            Signal::SIGKILL => process.asked.killed = true,
            Signal::SIGTERM => process.asked.to_end = true,
            _ => {}
        }
        signal::kill(Pid::from_raw(pid.cast_signed()), signal)
            .map_err(|error| self.no_effect(signal.as_str(), pid, error.desc()))?;
        Ok(pid)
    }

    async fn await_reaped(&self, pid: u32, limit: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        // Most ends are quick, so the first looks are close together.
        let mut pause = Duration::from_micros(200);
        loop {
            if let Some((last, status)) = self.look().last
                && last == pid
            {
                return Some(status);
            }
            if start.elapsed() >= limit {
                return None;
            }
            sleep(pause).await;
            pause = (2 * pause).min(POLL);
        }
    }

    async fn await_state(&self, pid: u32, wanted: ProcessState, signal: &'static str) -> Result<u32, ClusterError> {
        let start = Instant::now();
        loop {
            let state = self.state();
            if self.pid() != Some(pid) {
                return Err(self.no_effect(signal, pid, "it has ended"));
            }
            if state == wanted {
                return Ok(pid);
            }
            if start.elapsed() >= SIGNAL_TIMEOUT {
                return Err(self.no_effect(signal, pid, &format!("it is {state}")));
            }
            sleep(Duration::from_millis(1)).await;
        }
    }

    fn append(&self, path: &Path) -> Result<File, ClusterError> {
        OpenOptions::new().create(true).append(true).open(path).map_err(|source| self.file_error(path, source))
    }

    fn file_error(&self, path: &Path, source: std::io::Error) -> ClusterError {
        ClusterError::File { node: self.spec.name.clone(), path: path.to_owned(), source }
    }

    fn wrong_state(&self, action: &'static str) -> ClusterError {
        ClusterError::State { node: self.spec.name.clone(), action, state: self.state() }
    }

    fn no_effect(&self, signal: &'static str, pid: u32, reason: &str) -> ClusterError {
        ClusterError::Signal { node: self.spec.name.clone(), signal, pid, reason: reason.to_owned() }
    }
}

/// The last lines of a file from some offset on. What cannot be read is not worth an error on top of an error.
fn tail(path: &Path, from: u64) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let from = from.max(length.saturating_sub(STDERR_BYTES_SHOWN));
        let _ = file.seek(SeekFrom::Start(from)).and_then(|_| file.take(STDERR_BYTES_SHOWN).read_to_end(&mut bytes));
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(STDERR_LINES_SHOWN)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_explained_by_any_of_the_faults_that_bring_it_and_by_nothing_else() {
        let (killed, failed, aborted) =
            (ExitStatus::from_raw(9), ExitStatus::from_raw(255 << 8), ExitStatus::from_raw(6));
        let explained = |asked: Asked| [killed, failed, aborted].map(|status| asked.explains(status));
        let nothing = Asked::default();
        assert_eq!(explained(nothing), [false; 3]);
        assert_eq!(explained(Asked { to_end: true, ..nothing }), [true; 3]);
        assert_eq!(explained(Asked { killed: true, ..nothing }), [true, false, false]);
        let mut asked = Asked::by_itself(Some(OwnEnd::Killed));
        assert_eq!(explained(asked), [true, false, false]);
        *asked.own(OwnEnd::Failed) += 1;
        assert_eq!(explained(asked), [true, true, false], "an abort is neither");
        *asked.own(OwnEnd::Killed) -= 1;
        assert_eq!(explained(asked), [false, true, false]);
        assert!(!asked.explains(ExitStatus::from_raw(0)), "a good end is no failure");
    }
}
