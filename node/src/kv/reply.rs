//! What the state machine answers.

use bytes::Bytes;

/// An answer to a client, with the distinctions that the Redis protocol makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done.
    Ok,
    /// There is no such value, or a condition did not hold.
    Nil,
    /// A number.
    Integer(i64),
    /// Any bytes.
    Bulk(Bytes),
    /// A short line that stands for a state, as `PONG`.
    Simple(String),
    /// A line that begins with a word for programs, as `ERR`, and goes on for people.
    Error(String),
    /// Several answers.
    Array(Vec<Reply>),
    /// There is no such value, where there might have been several, or they were not asked for after all.
    NilArray,
}

impl Reply {
    /// How many there are.
    pub fn count(count: usize) -> Reply {
        Reply::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// How much it takes to keep, about.
    pub fn bytes(&self) -> usize {
        let contents = match self {
            Reply::Ok | Reply::Nil | Reply::NilArray | Reply::Integer(_) => 0,
            Reply::Bulk(bytes) => bytes.len(),
            Reply::Simple(line) | Reply::Error(line) => line.len(),
            Reply::Array(replies) => replies.iter().map(Reply::bytes).sum(),
        };
        size_of::<Reply>() + contents
    }
}
