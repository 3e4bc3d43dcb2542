//! What happened, in order: only what was seen outside the hub. The checkers read it and nothing
//! else but the log.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use prost::Message as _;
use tokio::time::Instant;
use wire::v1;

use super::question::Asked;

/// What a node said of one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Whether it said what it holds, and in good form.
    pub(super) is_honest: bool,
    /// Outcome by class; empty where it refused the whole question.
    pub(super) classes: BTreeMap<u32, v1::Outcome>,
    /// Classes that the hub told it to leave out.
    pub(super) left_out: BTreeSet<u32>,
    /// Code of a refusal of the whole question.
    pub(super) refused: String,
}

/// How a call ended.
#[derive(Debug, Clone)]
pub(super) enum Ending {
    Answer(Box<v1::Answer>),
    Refusal {
        code: String,
        query: String,
        receipt: Option<v1::Receipt>,
    },
}

/// What was seen. `durable` is how many entries the disk had synced at that moment.
#[derive(Debug, Clone)]
pub(super) enum Event {
    HubUp {
        life: u32,
    },
    HubDown {
        life: u32,
        how: &'static str,
    },
    /// Something was done to the world.
    Fault(String),
    /// Nothing goes wrong from here on.
    Healed,
    /// A node has signed a question.
    Signed(Box<Asked>),
    /// A call has reached the hub.
    Arrived {
        call: u64,
        nonce: String,
        life: u32,
    },
    /// A question left the hub for a node.
    NodeAsked {
        node: &'static str,
        query: String,
        nonce: String,
        /// Classes that the node is told to leave out.
        left_out: BTreeSet<u32>,
        durable: usize,
    },
    /// The hub has asked an agent for its word, over this stream of the node.
    Probed {
        node: &'static str,
        stream: u64,
        id: u64,
    },
    /// The word has reached the hub.
    Word {
        node: &'static str,
        stream: u64,
        id: u64,
        /// It says that a source is out.
        is_out: bool,
    },
    /// The hub asks the node no more: it says nothing.
    CutOff {
        node: String,
    },
    /// The node's guard let no answer out.
    GuardDenied {
        node: &'static str,
        nonce: String,
        because: String,
    },
    /// A reply has reached the hub, over the stream on which the question went down.
    Replied {
        node: &'static str,
        query: String,
        said: Said,
    },
    /// An answer or a refusal left the hub.
    Left {
        call: u64,
        nonce: String,
        ending: Ending,
        durable: usize,
    },
    /// It reached the caller.
    Told {
        call: u64,
        ending: Ending,
    },
    /// The caller heard nothing.
    Lost {
        call: u64,
        because: &'static str,
    },
    /// A member of the staff begins an act.
    Acting {
        act: &'static str,
        target: &'static str,
    },
    /// It is done, as the hub says.
    Acted {
        act: &'static str,
        target: &'static str,
        /// Its end, by the hub's clock, from the morning on.
        until_ms: Option<i64>,
    },
    /// It was refused, or nobody knows.
    NotActed {
        code: String,
    },
    /// The hub's clock is so far off from here on.
    HubClock {
        off_ms: i64,
    },
    /// The hub's own gauge.
    InFlight {
        questions: u64,
    },
}

/// Everything, with its time.
#[derive(Debug)]
pub(super) struct History {
    begun: Instant,
    events: Mutex<Vec<(Duration, Event)>>,
}

impl History {
    pub(super) fn begun_now() -> Self {
        Self {
            begun: Instant::now(),
            events: Mutex::default(),
        }
    }

    pub(super) fn note(&self, event: Event) {
        self.events().push((self.begun.elapsed(), event));
    }

    pub(super) fn taken(&self) -> Vec<(Duration, Event)> {
        self.events().clone()
    }

    fn events(&self) -> MutexGuard<'_, Vec<(Duration, Event)>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line of the trace. What a caller was told is in it as a digest of its bytes, so that two
/// runs that differ anywhere differ here.
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signed(asked) => write!(f, "{}", signed(asked)),
            Self::Arrived { call, nonce, life } => {
                write!(f, "arrived call {call} {} life {life}", short(nonce))
            }
            Self::NodeAsked {
                node,
                query,
                nonce,
                durable,
                ..
            } => {
                write!(
                    f,
                    "asked {node} {} {} durable {durable}",
                    query,
                    short(nonce)
                )
            }
            Self::Replied { node, query, said } => {
                let honest = if said.is_honest { "honest" } else { "lie" };
                write!(
                    f,
                    "replied {node} {query} {honest} {:?} {}",
                    said.classes, said.refused
                )
            }
            Self::Left {
                call,
                ending,
                durable,
                ..
            } => {
                write!(f, "left call {call} {ending} durable {durable}")
            }
            Self::Told { call, ending } => write!(f, "told call {call} {ending}"),
            Self::HubUp { life } => write!(f, "hub up, life {life}"),
            Self::GuardDenied {
                node,
                nonce,
                because,
            } => write!(f, "guard of {node} denied {}: {because}", short(nonce)),
            other => write!(f, "{other:?}"),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refusal { code, query, .. } => write!(f, "refused {code} {query}"),
            Self::Answer(answer) => {
                write!(f, "answered {}", answer.query_id)?;
                for node in &answer.nodes {
                    write!(f, " {}", node.node)?;
                    for class in &node.classes {
                        let outcome = class.outcome();
                        write!(f, "/{:02}:{outcome:?}{}", class.class, class.code)?;
                    }
                }
                write!(f, " #{:08x}", checksum(&answer.encode_to_vec()))
            }
        }
    }
}

fn signed(asked: &Asked) -> String {
    let (node, flow, person) = (asked.node, asked.flow, asked.person);
    let fair = if asked.is_fair { "" } else { " unfair" };
    let nonce = short(&asked.nonce);
    format!("signed {node} {flow} person {person} {nonce}{fair}")
}

fn short(nonce: &str) -> &str {
    nonce.get(..8).unwrap_or(nonce)
}

/// FNV-1a, to tell two traces apart.
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
