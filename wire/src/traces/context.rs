//! The place of a span in its trace, as it travels: W3C Trace Context, version 00. It comes from
//! another program and names nobody; it is read strictly or not at all.

use catalog::identity::may_hold_id_number;
use data_encoding::HEXLOWER;

use crate::Random;

/// Length of `00-<32>-<16>-<2>`.
const TEXT_BYTES: usize = 55;
const VERSION: &str = "00";
/// Draws until an id is taken; one in sixty looks like an identity number.
const DRAWS_MAX: usize = 16;

/// A trace, and a span in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: [u8; 16],
    span: [u8; 8],
    sampled: bool,
}

impl TraceContext {
    /// Reads a `traceparent`. What is longer, of another version, in capitals or all zero is none,
    /// and neither is an id with a row of digits in which somebody could pass an identity number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != TEXT_BYTES || !text.is_ascii() {
            return None;
        }
        let mut parts = text.split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != VERSION || parts.next().is_some() {
            return None;
        }
        let context = Self {
            trace: bytes(trace)?,
            span: bytes(span)?,
            sampled: bytes::<1>(flags)? == [1],
        };
        let is_known = matches!(flags, "00" | "01");
        (is_known && context.is_fit()).then_some(context)
    }

    /// A trace that begins; one in `one_in` is sampled. None where there is no randomness.
    pub(super) fn fresh(random: &dyn Random, one_in: u64) -> Option<Self> {
        for _ in 0..DRAWS_MAX {
            let mut context = Self {
                trace: [0; 16],
                span: draw(random)?,
                sampled: false,
            };
            random.fill(&mut context.trace).ok()?;
            if context.is_fit() {
                let (_, last) = context.trace.split_at(8);
                let last = u64::from_be_bytes(last.try_into().ok()?);
                context.sampled = last.checked_rem(one_in) == Some(0);
                return Some(context);
            }
        }
        None
    }

    /// Another span of the same trace. None where there is no randomness.
    pub(super) fn next(self, random: &dyn Random) -> Option<Self> {
        for _ in 0..DRAWS_MAX {
            let next = Self {
                span: draw(random)?,
                ..self
            };
            if next.is_fit() {
                return Some(next);
            }
        }
        None
    }

    fn is_fit(&self) -> bool {
        let looks_personal = |id: &[u8]| may_hold_id_number(&HEXLOWER.encode(id));
        self.trace != [0; 16]
            && self.span != [0; 8]
            && !looks_personal(&self.trace)
            && !looks_personal(&self.span)
    }

    /// As it travels.
    #[must_use]
    pub fn header(&self) -> String {
        let (trace, span) = (HEXLOWER.encode(&self.trace), HEXLOWER.encode(&self.span));
        format!("{VERSION}-{trace}-{span}-{:02x}", u8::from(self.sampled))
    }

    /// The trace's id, as it stands in logs and entries.
    #[must_use]
    pub fn trace_id(&self) -> String {
        HEXLOWER.encode(&self.trace)
    }

    /// Whether spans of the trace are recorded.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }

    pub(super) const fn trace(&self) -> [u8; 16] {
        self.trace
    }

    pub(super) const fn span(&self) -> [u8; 8] {
        self.span
    }
}

fn draw(random: &dyn Random) -> Option<[u8; 8]> {
    let mut span = [0; 8];
    random.fill(&mut span).ok()?;
    Some(span)
}

/// Lower case only: the alphabet has no other letters.
fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SystemRandom;

    const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_context_is_read_as_it_was_written() {
        let context = TraceContext::parse(TEXT).expect("is one");
        assert!(context.is_sampled());
        assert_eq!(context.header(), TEXT);
        assert_eq!(context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b-01-0",
            // Somebody's number, passed as an id.
            "00-aaaaaaa110101199003074514aaaaaaa-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-1101019900307451-01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }

    #[test]
    fn so_many_traces_are_sampled() {
        let sampled = |one_in| {
            let fresh = (0..2_000).map(|_| TraceContext::fresh(&SystemRandom, one_in));
            fresh
                .filter(|context| context.expect("is drawn").is_sampled())
                .count()
        };
        assert_eq!(sampled(1), 2_000);
        // Forty are expected; far beyond either bound is no chance.
        assert!((5..120).contains(&sampled(50)));
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_the_same(text in "[0-9a-f-]{0,60}|\\PC{0,60}") {
            if let Some(context) = TraceContext::parse(&text) {
                prop_assert_eq!(context.header(), text);
            }
        }

        #[test]
        fn most_of_what_has_the_form_is_read(
            trace in "[a-f]{1}[0-9a-f]{12}[a-f]{1}[0-9a-f]{12}[a-f]{6}",
            span in "[a-f]{2}[0-9a-f]{14}",
        ) {
            let text = format!("00-{trace}-{span}-00");
            let context = TraceContext::parse(&text).expect("has the form");
            prop_assert_eq!(context.header(), text);
        }
    }
}
