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

/// What vanishes on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Nothing.
    Nothing,
    /// What the agent sends.
    Up,
    /// What the hub sends.
    Down,
    /// All of it.
    Both,
}

/// A running proxy. It ends when it is dropped.
#[derive(Debug)]
pub struct BlackHole {
    address: SocketAddr,
    lost: watch::Sender<Lost>,
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
        let (lost, losing) = watch::channel(Lost::Nothing);
        let ending = CancellationToken::new();
        let (tasks, ended) = (TaskTracker::new(), ending.clone());
        tasks.clone().spawn(async move {
            let accepting = async {
                while let Ok((near, _)) = listener.accept().await {
                    let carrying = connected(near, hub, losing.clone());
                    let ended = ended.clone();
                    tasks.spawn(async move { ended.run_until_cancelled(carrying).await });
                }
            };
            ended.run_until_cancelled(accepting).await
        });
        Ok(Self {
            address,
            lost,
            _ending: ending.drop_guard(),
        })
    }

    /// What vanishes from now on.
    pub fn swallow(&self, lost: Lost) {
        self.lost.send_replace(lost);
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

async fn connected(near: TcpStream, hub: SocketAddr, mut losing: watch::Receiver<Lost>) {
    // A new connection waits for its first packet to get through.
    let through = losing.wait_for(|lost| *lost == Lost::Nothing).await.is_ok();
    if let (true, Ok(far)) = (through, TcpStream::connect(hub).await) {
        carry(near, far, losing).await;
    }
}

/// Carries bytes both ways; while packets vanish, what comes is read and lost.
async fn carry(near: TcpStream, far: TcpStream, losing: watch::Receiver<Lost>) {
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let up = one_way(near_read, far_write, losing.clone(), Lost::Up);
    let down = one_way(far_read, near_write, losing, Lost::Down);
    tokio::join!(up, down);
}

async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    losing: watch::Receiver<Lost>,
    way: Lost,
) {
    let mut bytes = vec![0; CARRIED_BYTES];
    let mut was_lost = false;
    loop {
        let Ok(count) = from.read(&mut bytes).await else {
            return;
        };
        let lost = *losing.borrow();
        was_lost |= lost == way || lost == Lost::Both;
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
