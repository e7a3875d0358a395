//! What a client says to a node: a command, or several that happen together.

use super::{Garbled, Reply};
use crate::outcome::ErrorReply;

/// A command: its name and its arguments. Or a transaction: commands that happen together or not at all, sent at once between
/// `MULTI` and `EXEC`, and answered by the array of their replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(Said);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Words(Vec<Vec<u8>>),
    Transaction(Vec<Command>),
}

impl Command {
    /// The command of these words.
    pub fn new<W: Into<Vec<u8>>>(words: impl IntoIterator<Item = W>) -> Command {
        Command(Said::Words(words.into_iter().map(Into::into).collect()))
    }

    /// The transaction of these commands.
    pub fn transaction(commands: impl IntoIterator<Item = Command>) -> Command {
        Command(Said::Transaction(commands.into_iter().collect()))
    }

    /// Its words; none if it is a transaction.
    pub fn words(&self) -> &[Vec<u8>] {
        match &self.0 {
            Said::Words(words) => words,
            Said::Transaction(_) => &[],
        }
    }

    /// The commands that happen together, if it is a transaction.
    pub fn parts(&self) -> Option<&[Command]> {
        match &self.0 {
            Said::Words(_) => None,
            Said::Transaction(commands) => Some(commands),
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match &self.0 {
            Said::Words(words) => encode(words),
            Said::Transaction(commands) => {
                let [begin, end] = ["MULTI", "EXEC"].map(|word| encode(&[word.into()]));
                let commands = commands.iter().flat_map(Command::encode);
                begin.into_iter().chain(commands).chain(end).collect()
            }
        }
    }

    /// How many replies come back.
    pub(super) fn replies(&self) -> usize {
        match &self.0 {
            Said::Words(_) => 1,
            Said::Transaction(commands) => commands.len() + 2,
        }
    }

    /// What came of it, by all its replies: of a transaction, the reply to `EXEC`. If that is the refusal of a transaction of which a
    /// part was refused, that part's error says why (which may be `MOVED`).
    ///
    /// # Errors
    /// If a transaction was not begun or not queued, and its parts may have happened each by itself.
    pub(super) fn reply(&self, mut replies: Vec<Reply>) -> Result<Reply, Garbled> {
        let Some(last) = replies.pop() else { return Err(Garbled("no reply".to_owned())) };
        let [begun, queued @ ..] = replies.as_slice() else { return Ok(last) };
        let is_queued = |reply: &Reply| match reply {
            Reply::Simple(text) => text == "QUEUED",
            reply => matches!(reply, Reply::Error(_)),
        };
        if *begun != Reply::Simple("OK".to_owned()) || !queued.iter().all(is_queued) {
            return Err(Garbled(format!("a transaction that is answered with {replies:?}")));
        }
        let refusal = queued.iter().find(|reply| matches!(reply, Reply::Error(_)));
        match (&last, refusal) {
            (_, None) => Ok(last),
            (Reply::Error(ErrorReply::Refused(_)), Some(refusal)) => Ok(refusal.clone()),
            _ => Err(Garbled(format!("a part of a transaction is refused, and yet it is answered with {last:?}"))),
        }
    }
}

fn encode(words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}
