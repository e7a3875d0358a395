//! `whitewater generate-history`: histories for checkers to judge, of any size.

use crate::{Failure, cli::GenerateOptions, exit::Exit};
use harness::{
    nearest,
    synthetic::{Injection, Recipe, Synthetic},
};
use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

/// Writes a history, an event after the other, as JSON lines.
pub fn run(options: &GenerateOptions) -> Result<Exit, Failure> {
    let recipe = recipe(options).map_err(Failure::bad_input)?;
    let written = match &options.out {
        Some(path) => File::create(path)
            .and_then(|file| write(recipe, file))
            .map_err(|error| Failure::trouble(io::Error::new(error.kind(), format!("{}: {error}", path.display())))),
        None => match write(recipe, io::stdout().lock()) {
            // Whoever closed it early has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(Failure::trouble),
        },
    };
    written.map(|()| Exit::Valid)
}

fn write(recipe: Recipe, to: impl Write) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    for step in Synthetic::new(recipe) {
        serde_json::to_writer(&mut to, &step.event())?;
        to.write_all(b"\n")?;
    }
    to.flush()
}

/// The recipe, if it is one.
fn recipe(options: &GenerateOptions) -> Result<Recipe, String> {
    let shares = [
        ("unknown", options.unknown),
        ("read-fraction", options.read_fraction),
        ("cas-fraction", options.cas_fraction),
    ];
    for (name, share) in shares {
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("--{name} {share} is not between 0 and 1"));
        }
    }
    let (reads, cas) = (options.read_fraction, options.cas_fraction);
    if reads + cas > 1.0 {
        return Err(format!("--read-fraction {reads} and --cas-fraction {cas} are together more than 1"));
    }
    let injection = options.inject.as_deref().map(injection).transpose()?;
    if let Some(injection) = injection
        && options.ops < injection.operations()
    {
        let (name, least) = (injection.name(), injection.operations());
        return Err(format!("--ops {} is too few for --inject {name}, which takes {least}", options.ops));
    }
    Ok(Recipe {
        operations: options.ops,
        keys: options.keys,
        clients: options.clients,
        unknown: options.unknown,
        reads,
        cas,
        values: options.values,
        found: !options.hide_found,
        injection,
        seed: options.seed,
    })
}

fn injection(name: &str) -> Result<Injection, String> {
    let known = Injection::ALL.into_iter();
    known
        .clone()
        .find(|injection| injection.name() == name)
        .ok_or_else(|| format!("there is no way to inject `{name}`{}", nearest(name, known.map(Injection::name))))
}
