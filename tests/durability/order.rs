//! Whether anything left a process before the entry that must be durable first was durable. It
//! judges a trace and knows nothing of what the bytes on a connection mean, only how many there
//! are: they are encrypted, and keeping a connection alive takes a few.

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::frames::Frame;
use super::trace::Call;

/// What HTTP/2 sends of its own accord at most in one go: a PING and two WINDOW_UPDATEs. A question
/// or an answer is far longer: the id of its query alone has 32 letters, a signature 64 bytes.
const CONTROL_BYTES_MAX: usize = 17 + 2 * 13;
/// Head of a TLS record, and what encryption adds behind it.
const RECORD_HEAD_BYTES: usize = 5;
const RECORD_TAIL_BYTES: usize = 17;

/// Both ports of a connection, from the watched process's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Connection {
    pub(super) own: u16,
    pub(super) other: u16,
}

/// Bytes that went out on a connection or came in; `at` is a line of the trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    pub(super) connection: Connection,
    pub(super) at: usize,
}

/// An entry of the journal.
#[derive(Debug, Clone)]
pub(super) struct Committed {
    pub(super) entry: Value,
    /// Its write began.
    begun: usize,
    /// The sync of its file had returned.
    durable: usize,
}

impl Committed {
    pub(super) fn text(&self, field: &str) -> &str {
        self.entry[field].as_str().unwrap_or_default()
    }
}

/// What a process did with its journal and its connections.
#[derive(Debug)]
pub(super) struct Events {
    pub(super) committed: Vec<Committed>,
    pub(super) sent: Vec<Passed>,
    pub(super) received: Vec<Passed>,
}

/// What may leave where only after what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'r> {
    pub(super) name: &'r str,
    /// Connections on which nothing may leave …
    pub(super) out: &'r [Connection],
    /// … after something came in on one of these …
    pub(super) trigger: &'r [Connection],
    /// … until an entry of one of these kinds is durable.
    pub(super) kinds: &'r [&'r str],
}

impl Events {
    /// Reads a trace; the journal is the one in the folder `log`.
    pub(super) fn read(calls: &[Call], log: &str) -> Result<Self, String> {
        let mut events = Self {
            committed: committed(calls, log)?,
            sent: Vec::new(),
            received: Vec::new(),
        };
        for call in calls {
            if call.name == "io_uring_enter" {
                return Err("what an io_uring moves is not seen".to_owned());
            }
            let Some(connection) = connection(call) else {
                continue;
            };
            let carries = carries(&call.data()?);
            match call.name.as_str() {
                "write" | "writev" | "sendto" | "sendmsg" if carries => events.sent.push(Passed {
                    connection,
                    at: call.begun,
                }),
                "read" | "readv" | "recvfrom" | "recvmsg" if carries => {
                    events.received.push(Passed {
                        connection,
                        at: call.ended.unwrap_or(call.begun),
                    });
                }
                "write" | "writev" | "sendto" | "sendmsg" | "read" | "readv" | "recvfrom"
                | "recvmsg" => {}
                other => return Err(format!("`{other}` on a connection is not understood")),
            }
        }
        Ok(events)
    }

    /// The connections, and whether the first thing that passed on each came in.
    pub(super) fn connections(&self) -> Vec<(Connection, bool)> {
        let (sent, received) = (self.sent.iter(), self.received.iter());
        let mut first: Vec<(Connection, usize, bool)> = Vec::new();
        for (passed, inward) in sent.map(|s| (s, false)).chain(received.map(|r| (r, true))) {
            match first
                .iter_mut()
                .find(|(known, ..)| *known == passed.connection)
            {
                Some(known) if passed.at < known.1 => (known.1, known.2) = (passed.at, inward),
                Some(_) => {}
                None => first.push((passed.connection, passed.at, inward)),
            }
        }
        let known = first.into_iter();
        known
            .map(|(connection, _, inward)| (connection, inward))
            .collect()
    }

    /// Holds the rule against everything that left; gives each with the entry that let it go.
    pub(super) fn hold(&self, rule: Rule<'_>) -> Result<Vec<(Passed, &Committed)>, String> {
        let mut let_go = Vec::new();
        for sent in self
            .sent
            .iter()
            .filter(|sent| rule.out.contains(&sent.connection))
        {
            let came_in = self.received.iter().filter(|received| {
                rule.trigger.contains(&received.connection) && received.at < sent.at
            });
            let Some(since) = came_in.map(|received| received.at).max() else {
                return Err(format!("{}: sent at line {} unasked", rule.name, sent.at));
            };
            let entry = self.committed.iter().find(|committed| {
                rule.kinds.contains(&committed.text("kind"))
                    && committed.begun > since
                    && committed.durable < sent.at
            });
            let Some(entry) = entry else {
                return Err(format!(
                    "{}: bytes left at line {} and nothing was durable since line {since}",
                    rule.name, sent.at
                ));
            };
            let_go.push((*sent, entry));
        }
        Ok(let_go)
    }
}

/// The entries of every frame that was written, each of which must have been synced by the next
/// call of the same thread on the file.
fn committed(calls: &[Call], log: &str) -> Result<Vec<Committed>, String> {
    let mut all = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let file = call.file().filter(|file| is_segment(file, log));
        let (Some(file), "pwrite64") = (file, call.name.as_str()) else {
            continue;
        };
        let Some((frame, _)) = Frame::read(&call.data()?) else {
            continue;
        };
        let mut later = calls[at + 1..].iter();
        let sync = later.find(|next| {
            next.thread == call.thread && next.file().as_deref() == Some(file.as_str())
        });
        let durable = sync
            .filter(|sync| call.succeeded() && sync.name == "fdatasync" && sync.succeeded())
            .and_then(|sync| sync.ended)
            .ok_or_else(|| format!("the frame of entry {} was never synced", frame.first))?;
        for entry in &frame.entries {
            let entry = serde_json::from_slice(entry).map_err(|error| error.to_string())?;
            all.push(Committed {
                entry,
                begun: call.begun,
                durable,
            });
        }
    }
    Ok(all)
}

fn is_segment(file: &str, log: &str) -> bool {
    file.starts_with(&format!("{log}/journal/"))
}

/// The ports of a call on a TCP connection.
fn connection(call: &Call) -> Option<Connection> {
    let file = call.file()?;
    let ends = file.strip_prefix("TCP:[")?.strip_suffix(']')?;
    let (own, other) = ends.split_once("->")?;
    let port = |end: &str| end.rsplit(':').next()?.parse().ok();
    Some(Connection {
        own: port(own)?,
        other: port(other)?,
    })
}

/// Whether these bytes are more than keeping the connection takes.
fn carries(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    let mut plain = 0;
    while let [23, 3, 3, high, low, ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        plain += length.saturating_sub(RECORD_TAIL_BYTES);
        rest = rest.get(RECORD_HEAD_BYTES + length..).unwrap_or_default();
    }
    // What is no whole record of application data counts as it stands.
    plain + rest.len() > CONTROL_BYTES_MAX
}
