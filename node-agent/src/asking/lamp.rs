//! One lamp a center: what the clerk sees at a glance. A missing center never looks clean.

use serde::Serialize;
use wire::{RefusalCode, v1};

/// The state of one center in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lamp {
    /// It does not hold what was asked.
    NotCovered,
    /// It was asked and has no record.
    Nothing,
    /// It holds something, but nothing that concerns the flow, and so gave no details.
    NoHit,
    /// It answered with records.
    Answered,
    /// It answered from data older than it allows itself.
    Stale,
    /// It declined.
    Refused,
    /// Nobody can say.
    NotKnown,
}

impl Lamp {
    /// As written in JSON and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCovered => "not-covered",
            Self::Nothing => "nothing",
            Self::NoHit => "no-hit",
            Self::Answered => "answered",
            Self::Stale => "stale",
            Self::Refused => "refused",
            Self::NotKnown => "not-known",
        }
    }

    /// The lamp of one class's outcome.
    #[must_use]
    pub fn of(outcome: v1::Outcome) -> Self {
        match outcome {
            v1::Outcome::Answered => Self::Answered,
            v1::Outcome::NoRecord => Self::Nothing,
            v1::Outcome::Stale => Self::Stale,
            v1::Outcome::Refused => Self::Refused,
            v1::Outcome::NotCovered => Self::NotCovered,
            v1::Outcome::Unavailable | v1::Outcome::Unspecified => Self::NotKnown,
        }
    }

    /// The lamp of one class's reply: details that were held back are an answer of their own,
    /// unless they are old.
    #[must_use]
    pub fn of_reply(reply: &v1::ClassReply) -> Self {
        match Self::of(reply.outcome()) {
            Self::Answered if reply.held_back => Self::NoHit,
            lamp => lamp,
        }
    }

    /// The sentence for the clerk; a silence says why.
    #[must_use]
    pub fn say(self, code: Option<RefusalCode>) -> (&'static str, &'static str) {
        match (self, code) {
            (Self::Refused | Self::NotKnown | Self::NotCovered, Some(code)) => {
                (code.zh(), code.en())
            }
            (Self::NoHit, _) => (
                "该中心有记录，但未发现本业务所查情形，不提供明细。",
                "The center has records, but nothing that concerns this flow; it gives no details.",
            ),
            (Self::Answered, _) => ("已答复。", "Answered."),
            (Self::Nothing, _) => ("该中心无相关记录。", "The center has no record."),
            (Self::Stale, _) => (
                "数据不是最新，仅供参考，请留意数据时间。",
                "The data is not current; mind its time.",
            ),
            (Self::NotCovered, None) => (
                "该中心不掌握此类信息。",
                "The center does not hold this class.",
            ),
            (Self::Refused, None) => ("该中心拒绝提供。", "The center declined."),
            (Self::NotKnown, None) => ("结果未知。", "The result is unknown."),
        }
    }
}

/// The lamp of a center: the gravest of its classes, since one unknown class leaves the person
/// unknown.
#[must_use]
pub(super) fn gravest(lamps: impl IntoIterator<Item = Lamp>) -> Lamp {
    lamps.into_iter().max().unwrap_or(Lamp::NotKnown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_class_decides_and_silence_is_not_clean() {
        use Lamp::{Answered, NoHit, NotCovered, NotKnown, Nothing, Refused, Stale};
        assert_eq!(gravest([]), NotKnown);
        assert_eq!(gravest([Answered, Nothing]), Answered);
        assert_eq!(gravest([NoHit, Nothing]), NoHit);
        assert_eq!(gravest([NoHit, NotKnown]), NotKnown);
        assert_eq!(gravest([Answered, NotKnown]), NotKnown);
        assert_eq!(gravest([Nothing, NotCovered]), Nothing);
        assert_eq!(gravest([Stale, Answered]), Stale);
        assert_eq!(gravest([Refused, Stale]), Refused);
        assert_eq!(gravest([NotCovered, NotCovered]), NotCovered);
    }

    #[test]
    fn a_lamp_is_written_the_same_everywhere() {
        for lamp in [Lamp::NotCovered, Lamp::Nothing, Lamp::NoHit, Lamp::NotKnown] {
            let json = serde_json::to_string(&lamp).expect("is JSON");
            assert_eq!(json, format!("\"{}\"", lamp.as_str()));
        }
    }
}
