//! What a node's links and breaker come to. Colour never tells a state alone: each has its own
//! sign, its own line and its own word. What is not understood is never shown as good.

use super::super::NodeLamp;
use super::super::words::Words;

/// The state of a node in one word, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lamp {
    /// No stream to the hub; what its breaker says hardly matters then.
    Detached,
    /// Attached, and not asked for now.
    Tripped,
    /// Attached, and asked a few questions to see whether it is well.
    Probing,
    /// Attached and asked.
    Attached,
    /// The breaker says a word that this page does not know; it is not taken for a good one.
    Unclear,
}

impl Lamp {
    pub(super) fn of(node: &NodeLamp) -> Self {
        match (node.links, node.breaker) {
            (0, _) => Self::Detached,
            (_, "open") => Self::Tripped,
            (_, "half-open") => Self::Probing,
            (_, "closed") => Self::Attached,
            _ => Self::Unclear,
        }
    }

    /// The class that the stylesheet knows it by.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Detached => "detached",
            Self::Tripped => "tripped",
            Self::Probing => "probing",
            Self::Attached => "attached",
            Self::Unclear => "unclear",
        }
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Detached => "○",
            Self::Tripped => "✕",
            Self::Probing => "◐",
            Self::Attached => "●",
            Self::Unclear => "?",
        }
    }

    pub(super) fn said(self, words: &Words) -> &'static str {
        match self {
            Self::Detached => words.detached,
            Self::Tripped => words.tripped,
            Self::Probing => words.probing,
            Self::Attached => words.attached,
            Self::Unclear => words.unclear,
        }
    }
}

/// What a node is called in the language of the page; its id where it has no name there.
pub(super) fn called<'a>(node: &'a NodeLamp, words: &Words) -> &'a str {
    let name = if words.english { &node.en } else { &node.zh };
    if name.is_empty() { &node.id } else { name }
}

/// A breaker's state in the language of the page.
pub(super) fn breaker_words(breaker: &str, words: &Words) -> &'static str {
    match breaker {
        "closed" => words.breaker_closed,
        "half-open" => words.breaker_half_open,
        "open" => words.breaker_open,
        _ => words.breaker_unclear,
    }
}
