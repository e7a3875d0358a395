//! `whitewater report`: a run's report, rendered again.

use super::print;
use crate::{Failure, cli::ReportOptions, exit::Exit, plan::absolute};
use harness::store::RunDir;

/// Renders the report of a run.
pub fn run(options: &ReportOptions) -> Result<Exit, Failure> {
    let directory = absolute(&options.run);
    let run = RunDir::new(directory.as_path());
    if !run.test().is_file() {
        let path = options.run.display();
        return Err(Failure::bad_input(format!(
            "{path} is not a run: it has no test.json; runs are folders below `runs`"
        )));
    }
    let rendered = reports::render(&run).map_err(Failure::trouble)?;
    for warning in &rendered.warnings {
        eprintln!("warning: {warning}");
    }
    print(&format!("{}\n", run.report().display()));
    Ok(Exit::Valid)
}
