//! Carrying a plan out: what all commands have in common that run tests.

use crate::{Failure, exit::Exit, registry};
use harness::{
    checker::Results,
    nemesis::PlannedFault,
    runner::{self, Observer},
    store::RunDir,
    test::Test,
};
use std::{future::Future, sync::Arc};
use tokio::{runtime::Runtime, sync::watch};

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
    with_runtime(|runtime, interrupt| runtime.block_on(async { runs(interrupt).await }))
}

/// Lets work be done that carries runs out now and then, until the user interrupts it.
pub fn with_runtime<T>(work: impl FnOnce(&Runtime, watch::Receiver<bool>) -> Result<T, Failure>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::trouble)?;
    let interrupt = {
        let _entered = runtime.enter();
        interrupt()
    };
    work(&runtime, interrupt)
}

/// Runs a test under these faults, and shows how it goes.
pub async fn carry_out(
    test: Test,
    plan: Vec<PlannedFault>,
    interrupt: watch::Receiver<bool>,
) -> Result<(Results, RunDir), Failure> {
    let console: Arc<dyn Observer> = Arc::new(reports::Console::new());
    observed(test, plan, &[console], interrupt).await
}

/// As [`carry_out`], as one of many: nothing is shown, and no report will be drawn.
pub async fn carry_out_quietly(
    test: Test,
    plan: Vec<PlannedFault>,
    interrupt: watch::Receiver<bool>,
) -> Result<(Results, RunDir), Failure> {
    observed(test, plan, &[], interrupt).await
}

async fn observed(
    test: Test,
    plan: Vec<PlannedFault>,
    observers: &[Arc<dyn Observer>],
    interrupt: watch::Receiver<bool>,
) -> Result<(Results, RunDir), Failure> {
    let system = registry::system(&test.system).ok_or_else(|| Failure::bad_input("the system has no constructor"))?;
    let workload =
        registry::workload(&test.workload).ok_or_else(|| Failure::bad_input("the workload has no constructor"))?;
    runner::run(test, system, workload, plan, observers, interrupt).await.map_err(Failure::trouble)
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
