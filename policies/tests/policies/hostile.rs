//! Arbitrary bytes and texts into every parser: refused, never a panic, never accepted by luck.

use catalog::Source;
use policies::guard::Vetoes;
use policies::{FlowBook, SignedCase, TrustList};
use proptest::prelude::*;

use super::star::{CALENDAR, STAR, assertion, f05};

const F05: &str = include_str!("../../flows/F05.toml");

/// An honest file with a few bytes replaced: gets far deeper than noise does.
fn bent(text: &'static str) -> impl Strategy<Value = String> {
    let edit = (0..text.len(), "[ -~\n]{0,6}");
    prop::collection::vec(edit, 1..4).prop_map(move |edits| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, patch) in edits {
            let at = at.min(bytes.len());
            let end = (at + patch.len()).min(bytes.len());
            bytes.splice(at..end, patch.bytes());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

proptest! {
    #![proptest_config(super::star::cases(256))]

    #[test]
    fn bytes_are_no_case(body in prop::collection::vec(any::<u8>(), 0..400),
                         signature in prop::collection::vec(any::<u8>(), 0..80)) {
        let case = SignedCase { body, signature };
        prop_assert!(STAR.trust.verify("city", &case).is_err());
    }

    #[test]
    fn no_bent_case_is_accepted(at in any::<prop::sample::Index>(), bit in 0..8_u8, in_body: bool) {
        let mut case = STAR.sign("guoguan", &assertion(&f05()));
        let part = if in_body { &mut case.body } else { &mut case.signature };
        let at = at.index(part.len());
        part[at] ^= 1 << bit;
        prop_assert!(STAR.trust.verify("guoguan", &case).is_err());
    }

    #[test]
    fn noise_is_no_configuration(text in "\\PC{0,200}") {
        let source = Source { name: "noise", text: &text };
        prop_assert!(TrustList::parse(&source).is_err());
        prop_assert!(FlowBook::parse(&[source], &[], &CALENDAR, &STAR.catalog).is_err());
        prop_assert!(FlowBook::parse(&[], &[source], &CALENDAR, &STAR.catalog).is_err());
        prop_assert!(FlowBook::parse(&[], &[], &source, &STAR.catalog).is_err());
        let _ = Vetoes::parse(&source, &STAR.catalog);
    }

    #[test]
    fn a_bent_flow_file_is_read_or_refused_with_lines(text in bent(F05)) {
        let source = Source { name: "F05.toml", text: &text };
        if let Err(error) = FlowBook::parse(&[source], &[], &CALENDAR, &STAR.catalog) {
            prop_assert!(!error.faults().is_empty());
            let lines = text.lines().count().max(1) + 1;
            for fault in error.faults() {
                prop_assert!((1..=lines).contains(&fault.line), "{}", fault);
                prop_assert!(!fault.reason.is_empty());
            }
        }
    }

    #[test]
    fn a_bent_trust_list_never_panics(edit in "[ -~\n]{0,8}", at in any::<prop::sample::Index>()) {
        let mut text = STAR.trust_text.clone();
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        text.insert_str(at, &edit);
        let _ = TrustList::parse(&Source { name: "trust.toml", text: &text });
    }
}
