//! One connection to a receiver: batches go out, and whatever the receiver does is heard at once.
//! A receiver has nothing to say; that it closes, or that TLS tells us it will not have us, is all.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::Forwarder;
use super::batch::Source;
use crate::tls::ReceiverError;

/// How often the log is looked at when everything is sent.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a connection ended, or never was.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// No connection.
    #[error("{}", causes(.0))]
    Connect(#[from] ReceiverError),
    /// It closed, or refuses us.
    #[error("the receiver closed the connection: {0}")]
    Closed(String),
    /// It takes nothing.
    #[error("the receiver took nothing for {} s", .0.as_secs())]
    Hangs(Duration),
    /// The log cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(String),
}

fn causes(error: &ReceiverError) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

/// Sends until the connection breaks.
pub(super) async fn send<S>(forwarder: &Forwarder, source: Source, stream: S) -> Broken
where
    S: AsyncRead + AsyncWrite + Send,
{
    let (reader, writer) = tokio::io::split(stream);
    tokio::select! {
        broken = hear(reader) => broken,
        broken = speak(forwarder, source, writer) => broken,
    }
}

/// Reads and drops what the receiver says until it closes.
async fn hear(mut reader: impl AsyncRead + Unpin) -> Broken {
    let mut dropped = [0; 256];
    loop {
        match reader.read(&mut dropped).await {
            Ok(0) => return Broken::Closed("end of the stream".to_owned()),
            Ok(_) => {}
            Err(error) => return Broken::Closed(error.to_string()),
        }
    }
}

async fn speak(
    forwarder: &Forwarder,
    mut source: Source,
    mut writer: impl AsyncWrite + Unpin,
) -> Broken {
    loop {
        if !source.has_more() {
            sleep(PAUSE).await;
            continue;
        }
        let (back, batch) = match source.batch().await {
            Ok(read) => read,
            Err(said) => return Broken::Log(said),
        };
        source = back;
        let patience = forwarder.receiver.patience;
        if let Err(broken) = write(&mut writer, &batch.bytes, patience).await {
            return broken;
        }
        forwarder.sent(batch.next, batch.messages, batch.cut);
    }
}

/// Writes all of it. A slow receiver has time; one that takes nothing at all has not.
async fn write(
    writer: &mut (impl AsyncWrite + Unpin),
    mut bytes: &[u8],
    patience: Duration,
) -> Result<(), Broken> {
    let closed = |error: std::io::Error| Broken::Closed(error.to_string());
    let hangs = |_| Broken::Hangs(patience);
    while !bytes.is_empty() {
        let taken = timeout(patience, writer.write(bytes)).await;
        let taken = taken.map_err(hangs)?.map_err(closed)?;
        bytes = bytes.get(taken..).unwrap_or_default();
        if taken == 0 {
            return Err(Broken::Closed("it takes no more".to_owned()));
        }
    }
    timeout(patience, writer.flush())
        .await
        .map_err(hangs)?
        .map_err(closed)
}
