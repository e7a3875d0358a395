//! The thread that starts the nodes, and why there must be one.
//!
//! A node must not outlive the harness, even if the harness is killed with SIGKILL and has no time for anything. Linux can
//! see to that: a process may ask for a signal at its parent's death (PR_SET_PDEATHSIG). But for this purpose the parent is
//! the *thread* that started it. Threads of a pool come and go, and nodes would die with them for no visible reason; so all
//! nodes are started by one thread that lives as long as their cluster.

use super::ClusterError;
use nix::{
    sys::{prctl, signal::Signal},
    unistd::getppid,
};
use std::{
    io,
    os::unix::process::CommandExt,
    process::{Child, Command},
    sync::mpsc,
    thread::{self, JoinHandle},
};

/// Starts processes that die with the harness. When it is dropped, those that still run are killed by the kernel.
pub struct Launcher {
    /// `None` only while it is being dropped.
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

struct Request {
    command: Command,
    answer: mpsc::Sender<io::Result<Child>>,
}

impl Launcher {
    /// Starts the thread.
    pub fn start() -> Result<Launcher, ClusterError> {
        let (requests, inbox) = mpsc::channel::<Request>();
        let serve = move || {
            for Request { mut command, answer } in inbox {
                die_with_this_thread(&mut command);
                // Who asked waits for the answer.
                let _ = answer.send(command.spawn());
            }
        };
        let thread = thread::Builder::new().name("launcher".to_owned()).spawn(serve).map_err(ClusterError::Launcher)?;
        Ok(Launcher { requests: Some(requests), thread: Some(thread) })
    }

    /// Starts a process, in a process group of its own.
    pub fn spawn(&self, mut command: Command) -> io::Result<Child> {
        command.process_group(0);
        let (answer, outcome) = mpsc::channel();
        let gone = || io::Error::other("the thread that starts the nodes is gone");
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.send(Request { command, answer }).map_err(|_| gone())?;
        outcome.recv().map_err(|_| gone())?
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[allow(unsafe_code)]
fn die_with_this_thread(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: between fork and exec only async-signal-safe functions may be called, and nothing may allocate. The closure
    // makes two plain system calls, prctl and getppid, and builds its errors from numbers.
    unsafe {
        command.pre_exec(move || {
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            // If the harness died before that call, its signal will never come. The parent is another one then.
            if getppid().as_raw().cast_unsigned() == parent { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
        });
    }
}
