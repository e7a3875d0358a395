//! The table of scenarios in `node/tests/README.md` tells the truth.

use std::{fs, path::Path};

/// How many ids each letter has.
const IDS: [(&str, usize); 9] =
    [("T", 35), ("L", 27), ("P", 11), ("W", 17), ("S", 18), ("M", 15), ("X", 14), ("R", 10), ("C", 9)];

#[test]
fn every_scenario_has_a_row_and_every_row_a_test() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(package.join("tests/README.md")).unwrap();
    let mut source = String::new();
    read(&package.join("tests"), &mut source);
    read(&package.join("src"), &mut source);
    // Whole nodes are tested where the harness is at hand.
    read(&package.join("../tests"), &mut source);
    let rows: Vec<Vec<&str>> = table.lines().filter(|line| line.starts_with("| ")).map(cells).collect();
    for (letter, count) in IDS {
        for number in 1..=count {
            let id = format!("{letter}{number}");
            assert_eq!(rows.iter().filter(|row| row[0] == id).count(), 1, "rows for {id}");
        }
    }
    for row in rows.iter().filter(|row| row[2] != "tests" && !row[2].starts_with("---")) {
        let names: Vec<&str> = row[2].split('`').skip(1).step_by(2).collect();
        let is_excused = row[2].starts_with("open: ") || row[2].starts_with("does not apply: ");
        assert!(is_excused || !names.is_empty(), "{}: neither a test nor a reason", row[0]);
        for name in names {
            let is_story = package.join(format!("tests/stories/{name}.story")).exists();
            assert!(is_story || source.contains(&format!("fn {name}(")), "{}: there is no `{name}`", row[0]);
        }
    }
}

fn cells(line: &str) -> Vec<&str> {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    assert_eq!(cells.len(), 3, "{line}");
    cells
}

/// All Rust files of a folder, one behind the other.
fn read(folder: &Path, source: &mut String) {
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            read(&path, source);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            source.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}
