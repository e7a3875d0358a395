//! What whoever mistyped a name may have meant.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

/// `; did you mean …?`, or all the names there are: the end of a sentence that says that there is no such name.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let closest = known.iter().map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate)).min();
    match closest {
        Some((distance, candidate)) if distance <= 2 + name.len() / 5 => format!("; did you mean `{candidate}`?"),
        _ => format!("; there are {}", known.join(", ")),
    }
}
