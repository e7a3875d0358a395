//! A thread for proxies alone, where the current runtime is what is measured.

use super::{NetError, Network};
use std::{io, panic::resume_unwind};
use tokio::runtime::{Builder, Runtime};

/// Where proxies run that must not share a thread with those who send, receive, or look at the clock. Dropping it ends them.
pub(crate) struct ProxyThread(Option<Runtime>);

impl ProxyThread {
    /// Starts it.
    pub fn start() -> io::Result<ProxyThread> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("proxies").enable_all().build()?;
        Ok(ProxyThread(Some(runtime)))
    }

    /// [`Network::start`], there.
    pub async fn network(&self, nodes: Vec<String>, seed: u64) -> Result<Network, NetError> {
        let runtime = self.0.as_ref().expect("it is there until it is dropped");
        let network = runtime.spawn(async move { Network::start(&nodes, seed).await });
        network.await.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))
    }
}

impl Drop for ProxyThread {
    fn drop(&mut self) {
        // To drop a runtime is to wait for it, which a task of another one must not.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
