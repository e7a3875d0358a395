//! What the proxies cost without faults, on this machine and now: a round trip as between two nodes, each of which sends on a
//! connection of its own, through two proxies and past them. The proxies run on a thread of their own: nodes are other processes,
//! and so each message has to wake somebody at the proxy, and somebody behind it.

use super::{FRAME_HEADER_BYTES, ProxyThread};
use serde::{Deserialize, Serialize};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Round trips that count; a moment in all.
const ROUND_TRIPS: u32 = 200;
/// Round trips before that, in which connections are made and threads wake up.
const WARM_UP: u32 = 50;
/// As long as a heartbeat, or a little more.
const PAYLOAD: [u8; 64] = [7; 64];
/// A machine that takes longer has other worries.
const LIMIT: Duration = Duration::from_secs(2);

/// The median round trip, in µs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProxyCost {
    /// Past the proxies.
    pub direct_us: f64,
    /// Through two of them, one each way.
    pub through_us: f64,
    /// How many round trips each is the median of.
    pub round_trips: u32,
}

/// Measures it, with both ends in the current runtime.
///
/// # Errors
/// If the loopback network does not work, or takes seconds.
pub async fn measure_cost() -> io::Result<ProxyCost> {
    let both = async {
        let direct_us = round_trip(false).await?;
        Ok(ProxyCost { direct_us, through_us: round_trip(true).await?, round_trips: ROUND_TRIPS })
    };
    timeout(LIMIT, both).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn round_trip(has_proxies: bool) -> io::Result<f64> {
    let (here, there) = (listen().await?, listen().await?);
    let (mut to_there, mut to_here) = (there.local_addr()?, here.local_addr()?);
    let names = ["here", "there"].map(str::to_owned);
    // Both stand until the end of the measurement.
    let thread = ProxyThread::start()?;
    let network = thread.network(names.to_vec(), 0).await.map_err(io::Error::other)?;
    if has_proxies {
        network.set_target("here", to_here);
        network.set_target("there", to_there);
        (to_there, to_here) = (network.address("here", "there"), network.address("there", "here"));
    }
    let echo = tokio::spawn(echo(there, to_here));
    let measured = measure(here, to_there).await;
    echo.abort();
    measured
}

async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Sends back what it gets, on a connection of its own.
async fn echo(listener: TcpListener, back: SocketAddr) -> io::Result<()> {
    let (mut source, _) = listener.accept().await?;
    let mut target = connect(back).await?;
    let mut buffer = frame();
    loop {
        source.read_exact(&mut buffer).await?;
        target.write_all(&buffer).await?;
    }
}

async fn measure(listener: TcpListener, there: SocketAddr) -> io::Result<f64> {
    let mut target = connect(there).await?;
    let mut buffer = frame();
    // The first message opens the way back.
    target.write_all(&buffer).await?;
    let (mut source, _) = listener.accept().await?;
    source.read_exact(&mut buffer).await?;
    let mut times = Vec::new();
    for round in 0..WARM_UP + ROUND_TRIPS {
        let start = Instant::now();
        target.write_all(&buffer).await?;
        source.read_exact(&mut buffer).await?;
        if round >= WARM_UP {
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A message as the proxies know it: they do not look at the checksum.
fn frame() -> Vec<u8> {
    let mut frame = (PAYLOAD.len() as u32).to_le_bytes().to_vec();
    frame.resize(FRAME_HEADER_BYTES, 0);
    frame.extend(PAYLOAD);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_ways_are_measured() {
        let cost = measure_cost().await.expect("the loopback network works");
        assert!(cost.direct_us > 0.0 && cost.through_us > 0.0 && cost.round_trips == ROUND_TRIPS, "{cost:?}");
    }
}
