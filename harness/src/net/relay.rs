//! One connection through a proxy. A message is forwarded when it has arrived whole and the link is not cut at that moment;
//! so the receiver gets whole messages or none, and a message that was late does not slip through a cut.
//!
//! As long as there is nothing else to do to them, messages go straight through: what one read brought is handed on from where it
//! was read to, in one write, before the task sleeps again. That is safe on both sides of a fault, since it is decided after the read,
//! by the link as it is then: what sets out after a fault was installed meets it, and nothing goes straight through while an
//! earlier message waits.
//!
//! While the link has rules, messages go through a queue, from which each is handed on when it is due. What waits there is in
//! flight: a sender that ends, even by a kill, does not take it back, and its end follows the last of it; a cut drops it; and
//! when the receiver's connection ends, it is undeliverable.

use super::{
    fate::Fate,
    frame::Frames,
    outlet::{End, Outlet, reset_on_close},
    proxy::{LinkState, Proxy},
    queue::Queue,
    rule::ActiveRule,
};
use bytes::{Buf, BytesMut};
use std::{future::pending, sync::Arc};
use tokio::{
    io::AsyncReadExt,
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep_until},
};

/// How much to read at a time, at least.
const READ_BYTES: usize = 64 << 10;
/// A buffer that one long message made larger than this is let go afterwards.
const BUFFER_BYTES_KEPT: usize = 1 << 20;

/// Relays until one of the two sides ends.
pub(super) async fn run(proxy: Arc<Proxy>, source: TcpStream) {
    let mut relay = Relay {
        source,
        outlet: Outlet::new(proxy.clone()),
        state: proxy.state.subscribe(),
        proxy,
        buffer: BytesMut::with_capacity(READ_BYTES),
        frames: Frames::default(),
        waiting: Queue::default(),
        has_corrupted: false,
    };
    let end = relay.relay().await;
    let (counters, waiting) = (&relay.proxy.counters, &relay.waiting);
    match end {
        End::Source => {}
        End::Target => counters.undeliverable(waiting.len()),
        End::Malformed => counters.malformed(),
        End::Reset => {
            counters.reset();
            counters.dropped(waiting.len(), waiting.bytes());
            relay.outlet.reset();
            reset_on_close(&relay.source);
        }
    }
}

struct Relay {
    proxy: Arc<Proxy>,
    source: TcpStream,
    outlet: Outlet,
    state: watch::Receiver<LinkState>,
    /// What was read and not yet disposed of: at most a message and a read.
    buffer: BytesMut,
    frames: Frames,
    /// Empty for as long as the link has no rules.
    waiting: Queue,
    /// Whether the receiver was given a corrupted message on its connection.
    has_corrupted: bool,
}

impl Relay {
    async fn relay(&mut self) -> End {
        self.source.set_nodelay(true).ok();
        // Why nothing more is read; the end comes when nothing waits any more.
        let mut ending = None;
        loop {
            if self.outlet.is_reset() {
                return End::Reset;
            }
            if let Err(end) = self.hand_on().await {
                return end;
            }
            let waits = !self.waiting.is_empty();
            let reads = match ending {
                None => self.waiting.has_room(),
                Some(_) if waits => false,
                Some(end) => return end,
            };
            let next = if waits { self.waiting.next(&self.state.borrow().rules) } else { None };
            self.buffer.reserve(READ_BYTES);
            tokio::select! {
                read = self.source.read_buf(&mut self.buffer), if reads => match read {
                    Ok(0) | Err(_) => {
                        ending = Some(End::Source);
                        continue;
                    }
                    Ok(_) => {}
                },
                () = self.outlet.closed() => {
                    // The news of the receiver's end does not cross a cut either, nor does the reason.
                    let answer = self.outlet.take_answer();
                    if !self.outlet.is_cut() {
                        let _ = self.source.try_write(&answer);
                        return End::Target;
                    }
                    self.has_corrupted = false;
                    continue;
                }
                () = until(next), if waits => continue,
                _ = self.state.changed() => continue,
            }
            self.frames.scan(&self.buffer);
            if self.must_wait() {
                self.hold();
            } else if let Err(end) = self.outlet.deliver(&self.buffer[..self.frames.bytes()], &self.frames.ends).await {
                return end;
            }
            if self.frames.malformed {
                ending = Some(End::Malformed);
                continue;
            }
            self.buffer.advance(self.frames.bytes());
            if self.buffer.is_empty() && self.buffer.capacity() > BUFFER_BYTES_KEPT {
                self.buffer = BytesMut::with_capacity(READ_BYTES);
            }
        }
    }

    /// Whether what has arrived has to go through the queue: there are rules, or there were and it must not overtake.
    fn must_wait(&mut self) -> bool {
        self.follow();
        let state = self.state.borrow();
        state.cuts == 0 && !(state.rules.is_empty() && self.waiting.is_empty())
    }

    /// Puts the complete frames in the buffer into the queue, as the rules say.
    fn hold(&mut self) {
        let (state, now) = (self.state.borrow(), Instant::now());
        let mut start = 0;
        for end in &self.frames.ends {
            let message = &self.buffer[start..*end];
            start = *end;
            let copies = state.rules.iter().map(ActiveRule::copies).sum();
            self.proxy.counters.duplicated(copies);
            for _ in 0..=copies {
                let mut fate = Fate::default();
                state.rules.iter().for_each(|rule| rule.decide(&mut fate));
                if fate.is_lost {
                    self.proxy.counters.lost(1);
                    continue;
                }
                let is_delayed = fate.holds.iter().any(|hold| !hold.is_overtaken);
                self.proxy.counters.delayed(usize::from(is_delayed));
                self.waiting.push(message.to_vec(), now, fate);
            }
        }
    }

    /// Hands on what is due.
    async fn hand_on(&mut self) -> Result<(), End> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.follow();
        let batch = self.waiting.take_due(Instant::now(), &self.state.borrow().rules, !self.has_corrupted);
        self.proxy.counters.reordered(batch.reordered);
        self.proxy.counters.throttled(batch.throttled);
        let forwarded = self.outlet.deliver(&batch.bytes, &batch.ends).await?;
        if batch.ends_corrupted && forwarded == batch.ends.len() {
            self.has_corrupted = true;
            self.proxy.counters.corrupted(1);
        }
        Ok(())
    }

    /// Makes what waits feel what has happened to the link.
    fn follow(&mut self) {
        let (messages, bytes) = self.waiting.follow(&self.state.borrow());
        if messages > 0 {
            self.proxy.counters.dropped(messages, bytes);
        }
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => pending().await,
    }
}
