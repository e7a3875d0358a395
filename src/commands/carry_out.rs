//! Carrying a plan out: what `test` and `replay` have in common.

use crate::{Failure, exit::Exit, registry};
use harness::{
    checker::Results,
    nemesis::PlannedFault,
    runner::{self, Observer},
    store::RunDir,
    test::Test,
};
use std::{future::Future, sync::Arc};
use tokio::sync::watch;

/// An output folder that cannot be written is bad input, and better known before a cluster stands.
pub fn writable(test: &Test) -> Result<(), Failure> {
    let refuse = |error: std::io::Error| Failure::bad_input(format!("--out {}: {error}", test.out.display()));
    std::fs::create_dir_all(&test.out).map_err(refuse)?;
    let probe = test.out.join(format!(".writable-{}", std::process::id()));
    std::fs::write(&probe, b"").map_err(refuse)?;
    std::fs::remove_file(&probe).map_err(refuse)
}

/// Lets runs be carried out, until the user interrupts them.
pub fn interruptible<F: Future<Output = Result<T, Failure>>, T>(
    runs: impl FnOnce(watch::Receiver<bool>) -> F,
) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::trouble)?;
    runtime.block_on(async { runs(interrupt()).await })
}

/// Runs a test under these faults.
pub async fn carry_out(
    test: Test,
    plan: Vec<PlannedFault>,
    interrupt: watch::Receiver<bool>,
) -> Result<(Results, RunDir), Failure> {
    let system = registry::system(&test.system).ok_or_else(|| Failure::bad_input("the system has no constructor"))?;
    let workload =
        registry::workload(&test.workload).ok_or_else(|| Failure::bad_input("the workload has no constructor"))?;
    let console: Arc<dyn Observer> = Arc::new(reports::Console::new());
    runner::run(test, system, workload, plan, &[console], interrupt).await.map_err(Failure::trouble)
}

/// Renders the report of a run. Whatever happens to a picture must not touch the verdict.
pub fn render(run: &RunDir) {
    match reports::render(run) {
        Ok(rendered) => rendered.warnings.iter().for_each(|warning| eprintln!("warning: {warning}")),
        Err(error) => eprintln!("warning: the report was not rendered: {error}"),
    }
}

/// Ctrl-C once: heal, judge and report what there is. Twice: end at once; the nodes die with this process.
fn interrupt() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
        for count in 1.. {
            tokio::select! {
                pressed = tokio::signal::ctrl_c() => if pressed.is_err() { return },
                () = async { match &mut terminate { Some(signal) => drop(signal.recv().await), None => std::future::pending().await } } => {}
            }
            if count == 1 {
                eprintln!("interrupted: healing, then judging what there is; once more ends at once");
                let _ = sender.send(true);
            } else {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        }
    });
    receiver
}
