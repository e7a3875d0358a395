//! A run that is over, read back to be done again.

use crate::{plan, schedule};
use harness::{
    checker::Results,
    nemesis::{PlannedFault, Targets},
    store::RunDir,
    test::Test,
};
use serde::de::DeserializeOwned;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A run as its folder tells it.
pub struct Recorded {
    /// Its folder, without links in its path.
    pub folder: PathBuf,
    /// The plan, ready to be carried out by this program on this machine.
    pub test: Test,
    /// What came of it.
    pub results: Results,
}

impl Recorded {
    /// Reads a run: its folder, or `latest`. What is made of it lies in `out`, or else beside it.
    ///
    /// # Errors
    /// One sentence naming the folder and what it lacks.
    pub fn read(named: &Path, out: Option<&Path>) -> Result<Recorded, String> {
        let latest = Path::new("runs/latest");
        let path = if named == Path::new("latest") && !named.exists() { latest } else { named };
        let no_run = |why: &str| format!("{} is not a run that can be replayed: {why}", path.display());
        let folder = fs::canonicalize(path).map_err(|error| no_run(&error.to_string()))?;
        let run = RunDir::new(folder.as_path());
        let mut test: Test = read(&run.test()).map_err(|error| no_run(&error))?;
        let results: Results = read(&run.results()).map_err(|error| no_run(&error))?;
        test.out = match (out, folder.parent()) {
            (Some(out), _) => out.to_owned(),
            (None, Some(parent)) => parent.to_owned(),
            (None, None) => {
                return Err(no_run("it lies in no folder in which others could be made; name one with --out"));
            }
        };
        test.program = plan::program()?;
        test.program_version = plan::PROGRAM_VERSION.to_owned();
        test.host = plan::host();
        Ok(Recorded { folder, test, results })
    }

    /// The faults, aimed at these targets.
    ///
    /// # Errors
    /// One sentence naming what in the schedule cannot be carried out.
    pub fn plan(&self, targets: Targets) -> Result<Vec<PlannedFault>, String> {
        schedule::read(&RunDir::new(self.folder.as_path()).schedule(), &self.test, targets)
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let name = path.file_name().unwrap_or_default().display();
    let bytes = fs::read(path).map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{name}: {error}"))
}
