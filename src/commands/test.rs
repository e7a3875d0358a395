//! `whitewater test`: the main job.

use super::{
    carry_out::{carry_out, interruptible, render, writable},
    print,
};
use crate::{
    Failure,
    cli::{Format, TestOptions},
    exit::Exit,
    plan,
};

/// Runs a test, prints the verdict, and renders the report.
pub fn run(options: &TestOptions) -> Result<Exit, Failure> {
    let (test, plan) = plan::plan(options).map_err(Failure::bad_input)?;
    writable(&test)?;
    let (results, run) = interruptible(|interrupt| carry_out(test, plan, interrupt))?;
    // The verdict first: a picture takes its time.
    match options.format {
        Format::Human => print(&reports::summary(&results, run.path())),
        Format::Json => print(&serde_json::to_string(&results).map_err(Failure::trouble)?),
    }
    render(&run);
    Ok(Exit::from_code(results.exit_code))
}
