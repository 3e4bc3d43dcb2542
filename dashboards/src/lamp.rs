//! How a node or a class of it stands, in one word. Colour never tells it alone: each state has its
//! own sign, its own line and its own word.

use maud::{Markup, html};

use crate::language::Said;
use crate::viewer::Viewer;

/// A state, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lamp {
    /// It is asked.
    Well,
    /// It is asked, whatever fails: operators keep its breaker closed.
    HeldClosed,
    /// A few questions go through, to see whether it is well.
    Probing,
    /// It is not asked: its breaker has opened.
    Open,
    /// It is not asked: operators have tripped its breaker, or keep it open.
    HeldOpen,
    /// It has no stream to the hub.
    Gone,
}

impl Lamp {
    /// The class that the stylesheet knows it by.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Well => "attached",
            Self::HeldClosed | Self::Probing => "probing",
            Self::Open | Self::HeldOpen => "tripped",
            Self::Gone => "detached",
        }
    }

    /// Its sign.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Well => "●",
            Self::HeldClosed => "◉",
            Self::Probing => "◐",
            Self::Open => "✕",
            Self::HeldOpen => "⊗",
            Self::Gone => "○",
        }
    }

    /// What that is for whoever asks: the breaker lets through, tries, or does not; or nobody is
    /// there.
    #[must_use]
    pub const fn breaker(self) -> &'static str {
        match self {
            Self::Well | Self::HeldClosed => "closed",
            Self::Probing => "half-open",
            Self::Open | Self::HeldOpen => "open",
            Self::Gone => "gone",
        }
    }

    /// Its word.
    #[must_use]
    pub const fn said(self) -> Said {
        match self {
            Self::Well => Said("正常", "well"),
            Self::HeldClosed => Said("人工保持接通", "held closed"),
            Self::Probing => Said("试探恢复", "probing"),
            Self::Open => Said("已熔断", "breaker open"),
            Self::HeldOpen => Said("人工断开", "held open"),
            Self::Gone => Said("未连接", "detached"),
        }
    }

    /// Sign and word.
    #[must_use]
    pub fn shown(self, viewer: &Viewer) -> Markup {
        html! {
            span class={ "state " (self.class()) } {
                span aria-hidden="true" { (self.sign()) } " " (viewer.say(self.said()))
            }
        }
    }
}
