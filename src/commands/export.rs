//! `whitewater export`: a history in another form, for other checkers.

use super::print;
use crate::{
    Failure,
    cli::{ExportForm, ExportOptions},
    exit::Exit,
};
use harness::store::{RunDir, read_events, to_edn};
use std::{
    fs::File,
    io::{BufWriter, Write},
};

/// Writes it, an event a line. What a history holds before a mistake is written all the same.
pub fn run(options: &ExportOptions) -> Result<Exit, Failure> {
    let from = match options.from.is_dir() {
        true => RunDir::new(options.from.as_path()).history(),
        false => options.from.clone(),
    };
    let ExportForm::Edn = options.format;
    let mut out: Box<dyn Write> = match &options.out {
        Some(path) => {
            let file =
                File::create(path).map_err(|error| Failure::bad_input(format!("--out {}: {error}", path.display())))?;
            Box::new(BufWriter::new(file))
        }
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let (mut count, mut failed) = (0_u64, None);
    let read = read_events(&from, |event| {
        if let Some(line) = to_edn(&event, options.key.as_deref())
            && failed.is_none()
        {
            count += 1;
            failed = writeln!(out, "{line}").err();
        }
        Ok(())
    });
    let failed = failed.or_else(|| out.flush().err());
    drop(out);
    match failed {
        // Whoever closed standard output has seen enough.
        Some(error) if options.out.is_none() && error.kind() == std::io::ErrorKind::BrokenPipe => {
            return Ok(Exit::Valid);
        }
        Some(error) => return Err(Failure::trouble(error)),
        None => read.map_err(|error| Failure::bad_input(error.to_string()))?,
    }
    match (&options.key, count) {
        (Some(key), 0) => Err(Failure::bad_input(format!("{}: no operation is on the key `{key}`", from.display()))),
        _ => {
            if let Some(path) = &options.out {
                print(&format!("{}: {count} events\n", path.display()));
            }
            Ok(Exit::Valid)
        }
    }
}
