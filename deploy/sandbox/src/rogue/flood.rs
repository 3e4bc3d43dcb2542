//! HTTP/2 frames as no library would send them, over a connection that has proven itself: floods of
//! resets, pings, settings and continuations, frames and headers that are too large.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tonic::codegen::Service as _;
use tonic::codegen::http::Uri;
use wire::tls::connector;

use super::{RogueError, Thief};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// How long the hub may take to end a connection that floods it.
const END_WAIT: Duration = Duration::from_secs(5);
/// Frames that are written in one go.
const AT_ONCE: usize = 64;

/// What became of a flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flooded {
    /// Frames that could be written.
    pub written: usize,
    /// Whether the hub ended the connection.
    pub ended: bool,
}

trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<C: AsyncRead + AsyncWrite + Send + Unpin> Connection for C {}

/// A proven peer that writes frames by hand.
pub struct RawPeer {
    connection: Box<dyn Connection>,
}

impl std::fmt::Debug for RawPeer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RawPeer(..)")
    }
}

impl Thief {
    /// A connection with the stolen certificate, past every library, with the preface said.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn raw(&self) -> Result<RawPeer, RogueError> {
        let uri: Uri = format!("http://{}", self.hub)
            .parse()
            .map_err(|_| RogueError::Raw("no address".to_owned()))?;
        let connected = connector(self.client()?).call(uri).await;
        let connected = connected.map_err(|error| RogueError::Raw(error.to_string()))?;
        let mut connection: Box<dyn Connection> = Box::new(connected.into_inner());
        let mut hello = PREFACE.to_vec();
        hello.extend(frame(SETTINGS, 0, 0, &[]));
        let said = connection.write_all(&hello).await;
        said.map_err(|error| RogueError::Raw(error.to_string()))?;
        Ok(RawPeer { connection })
    }
}

impl RawPeer {
    /// Opens questions and resets each at once (CVE-2023-44487).
    pub async fn rapid_resets(&mut self, count: u32) -> Flooded {
        let headers = ask_headers();
        let pairs = (0..count).map(|n| {
            let stream = 2 * n + 1;
            let mut pair = frame(HEADERS, END_HEADERS, stream, &headers);
            pair.extend(frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes()));
            pair
        });
        self.flood(pairs).await
    }

    /// Pings.
    pub async fn pings(&mut self, count: u32) -> Flooded {
        self.flood((0..count).map(|_| frame(PING, 0, 0, &[0; 8])))
            .await
    }

    /// Settings that change nothing.
    pub async fn settings(&mut self, count: u32) -> Flooded {
        self.flood((0..count).map(|_| frame(SETTINGS, 0, 0, &[])))
            .await
    }

    /// One block of headers that never ends.
    pub async fn continuations(&mut self, count: u32) -> Flooded {
        let first = frame(HEADERS, 0, 1, &ask_headers());
        let rest = (0..count).map(|_| frame(CONTINUATION, 0, 1, &header("x-more", &[b'x'; 64])));
        self.flood(std::iter::once(first).chain(rest)).await
    }

    /// A header of 4 kB that is named again and again by one byte (an HPACK bomb); packed, it is
    /// above the limit of a block already.
    pub async fn header_bombs(&mut self, count: u32) -> Flooded {
        self.bombs(count, 10_000).await
    }

    /// The same below the limit of a block: 4 MB from 5 kB.
    pub async fn small_bombs(&mut self, count: u32) -> Flooded {
        self.bombs(count, 1_000).await
    }

    async fn bombs(&mut self, count: u32, names: usize) -> Flooded {
        let mut block = ask_headers();
        // Literal with incremental indexing, so that 0xbe names it from then on.
        block.push(0x40);
        block.extend(text(b"x-bomb"));
        block.extend(text(&[b'x'; 3_900]));
        block.extend(vec![0xbe; names]);
        let bombs = (0..count).map(|n| frame(HEADERS, END_HEADERS | END_STREAM, 2 * n + 1, &block));
        self.flood(bombs).await
    }

    /// Headers that name an entry which no table has.
    pub async fn broken_headers(&mut self) -> Flooded {
        let block = [ask_headers(), vec![0xff, 0xff, 0x7f]].concat();
        let broken = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block);
        self.flood(std::iter::once(broken)).await
    }

    /// Data on the stream that carries none.
    pub async fn data_for_nobody(&mut self) -> Flooded {
        self.flood(std::iter::once(frame(DATA, 0, 0, &[7; 64])))
            .await
    }

    /// Frames larger than the hub takes.
    pub async fn oversized(&mut self) -> Flooded {
        let headers = frame(HEADERS, END_HEADERS, 1, &ask_headers());
        let large = frame(DATA, 0, 1, &vec![0; (1 << 24) - 1]);
        self.flood([headers, large].into_iter()).await
    }

    /// Writes frames until the hub ends the connection, and reads nothing that it could do without.
    async fn flood(&mut self, frames: impl Iterator<Item = Vec<u8>>) -> Flooded {
        let (mut reader, mut writer) = tokio::io::split(&mut self.connection);
        let mut written = 0;
        let mut frames = frames.peekable();
        let write = async {
            while frames.peek().is_some() {
                let batch: Vec<Vec<u8>> = frames.by_ref().take(AT_ONCE).collect();
                writer.write_all(&batch.concat()).await?;
                written += batch.len();
            }
            writer.flush().await
        };
        let mut sink = [0; 16 * 1024];
        let read = async {
            loop {
                match reader.read(&mut sink).await {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
            }
        };
        tokio::pin!(read);
        let ended = tokio::select! {
            done = tokio::time::timeout(END_WAIT, write) => !matches!(done, Ok(Ok(()))),
            () = &mut read => true,
        };
        let ended = ended || tokio::time::timeout(END_WAIT, read).await.is_ok();
        Flooded { written, ended }
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// It has ended already.
    pub async fn close(mut self) -> io::Result<()> {
        self.connection.shutdown().await
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    let [_, a, b, c] = length;
    let mut frame = vec![a, b, c, kind, flags];
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The headers of a question, each as a literal that is not remembered.
fn ask_headers() -> Vec<u8> {
    [
        header(":method", b"POST"),
        header(":scheme", b"http"),
        header(":path", b"/tianshu.v1.Broker/Ask"),
        header(":authority", b"hub"),
        header("content-type", b"application/grpc"),
        header("te", b"trailers"),
    ]
    .concat()
}

fn header(name: &str, value: &[u8]) -> Vec<u8> {
    let mut header = vec![0];
    header.extend(text(name.as_bytes()));
    header.extend(text(value));
    header
}

/// A string of HPACK without compression.
fn text(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut length = bytes.len();
    if length < 127 {
        text.push(u8::try_from(length).unwrap_or_default());
    } else {
        text.push(127);
        length -= 127;
        while length >= 128 {
            text.push(u8::try_from(length % 128).unwrap_or_default() | 128);
            length /= 128;
        }
        text.push(u8::try_from(length).unwrap_or_default());
    }
    text.extend(bytes);
    text
}
