//! `whitewater test`: the main job.

use super::print;
use crate::{
    Failure,
    cli::{Format, TestOptions},
    exit::Exit,
    plan, registry,
};
use harness::{
    checker::Results,
    nemesis::PlannedFault,
    runner::{self, Observer},
    store::RunDir,
    test::Test,
};
use std::sync::Arc;
use tokio::sync::watch;

/// Runs a test, prints the verdict, and renders the report.
pub fn run(options: &TestOptions) -> Result<Exit, Failure> {
    let (test, plan) = plan::plan(options).map_err(Failure::bad_input)?;
    writable(&test)?;
    let (results, run) = carry_out(test, plan)?;
    // The verdict first: whatever happens to a picture must not touch it.
    match options.format {
        Format::Human => print(&reports::summary(&results, run.path())),
        Format::Json => print(&serde_json::to_string(&results).map_err(Failure::trouble)?),
    }
    match reports::render(&run) {
        Ok(rendered) => rendered.warnings.iter().for_each(|warning| eprintln!("warning: {warning}")),
        Err(error) => eprintln!("warning: the report was not rendered: {error}"),
    }
    Ok(Exit::from_code(results.exit_code))
}

/// An output folder that cannot be written is bad input, and better known before a cluster stands.
fn writable(test: &Test) -> Result<(), Failure> {
    let refuse = |error: std::io::Error| Failure::bad_input(format!("--out {}: {error}", test.out.display()));
    std::fs::create_dir_all(&test.out).map_err(refuse)?;
    let probe = test.out.join(format!(".writable-{}", std::process::id()));
    std::fs::write(&probe, b"").map_err(refuse)?;
    std::fs::remove_file(&probe).map_err(refuse)
}

fn carry_out(test: Test, plan: Vec<PlannedFault>) -> Result<(Results, RunDir), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::trouble)?;
    let system = registry::system(&test.system).ok_or_else(|| Failure::bad_input("the system has no constructor"))?;
    let workload =
        registry::workload(&test.workload).ok_or_else(|| Failure::bad_input("the workload has no constructor"))?;
    let console: Arc<dyn Observer> = Arc::new(reports::Console::new());
    runtime.block_on(async {
        let interrupt = interrupt();
        runner::run(test, system, workload, plan, &[console], interrupt).await.map_err(Failure::trouble)
    })
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
