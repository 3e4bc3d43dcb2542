//! A network in which packets vanish: a proxy that can swallow whatever either side sends, with
//! every connection left open. Nothing is refused, nothing is closed, and nobody says so.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::star::Star;
use crate::world::Node;

/// Bytes that it carries at once.
const CARRIED_BYTES: usize = 16 * 1024;

/// A running proxy. It ends when it is dropped.
#[derive(Debug)]
pub struct BlackHole {
    /// Where it listens.
    pub address: SocketAddr,
    swallows: watch::Sender<bool>,
    _ending: DropGuard,
}

impl BlackHole {
    /// A proxy in front of the hub at this address; it lets everything through.
    ///
    /// # Errors
    /// No port is free.
    pub async fn before(hub: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (swallows, swallowing) = watch::channel(false);
        let ending = CancellationToken::new();
        let (tasks, ended) = (TaskTracker::new(), ending.clone());
        tasks.clone().spawn(async move {
            let accepting = async {
                while let Ok((near, _)) = listener.accept().await {
                    let carrying = connected(near, hub, swallowing.clone());
                    let ended = ended.clone();
                    tasks.spawn(async move { ended.run_until_cancelled(carrying).await });
                }
            };
            ended.run_until_cancelled(accepting).await
        });
        Ok(Self {
            address,
            swallows,
            _ending: ending.drop_guard(),
        })
    }

    /// Whether packets vanish from now on.
    pub fn swallow(&self, swallows: bool) {
        self.swallows.send_replace(swallows);
    }

    /// Leads the agent of a star that is not started through here.
    ///
    /// # Errors
    /// Its configuration does not name the hub's address, or cannot be written.
    pub fn lead(&self, star: &Star, node: Node) -> io::Result<()> {
        let file = star.home().agent_config(node);
        let text = std::fs::read_to_string(&file)?;
        let hub = format!("address = \"{}\"", star.home().link());
        if !text.contains(&hub) {
            return Err(io::Error::other("the agent knows another hub"));
        }
        let led = text.replace(&hub, &format!("address = \"{}\"", self.address));
        std::fs::write(&file, led)
    }
}

async fn connected(near: TcpStream, hub: SocketAddr, mut swallowing: watch::Receiver<bool>) {
    // A new connection waits for its first packet to get through.
    let through = swallowing.wait_for(|swallows| !swallows).await.is_ok();
    if let (true, Ok(far)) = (through, TcpStream::connect(hub).await) {
        carry(near, far, swallowing).await;
    }
}

/// Carries bytes both ways; while packets vanish, what comes is read and lost.
async fn carry(near: TcpStream, far: TcpStream, swallowing: watch::Receiver<bool>) {
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let up = one_way(near_read, far_write, swallowing.clone());
    let down = one_way(far_read, near_write, swallowing);
    tokio::join!(up, down);
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    swallowing: watch::Receiver<bool>,
) {
    let mut bytes = vec![0; CARRIED_BYTES];
    let mut was_lost = false;
    loop {
        let Ok(count) = from.read(&mut bytes).await else {
            return;
        };
        was_lost |= *swallowing.borrow();
        // A stream with a hole in it is of no use: it stays silent for good, as a real one would
        // until its kernel gives up. An end is a packet too.
        if was_lost {
            if count == 0 {
                return std::future::pending().await;
            }
            continue;
        }
        let read = bytes.get(..count).unwrap_or_default();
        if count == 0 || to.write_all(read).await.is_err() {
            return;
        }
    }
}
