//! Policies: the specification's example, k of n, and what is refused with its line.

use super::*;

struct Keys {
    log: NoteSigner,
    witnesses: Vec<NoteSigner>,
}

impl Keys {
    fn new() -> Self {
        let witness = |number| signer(&format!("w{number}"), SignatureKind::Cosignature);
        Self {
            log: signer(ORIGIN, SignatureKind::Plain),
            witnesses: (0..6).map(witness).collect(),
        }
    }

    /// The example of the specification: two of three, and one of three others.
    fn example(&self) -> String {
        let vkey = |number: usize| self.witnesses[number].key().to_string();
        format!(
            "# a comment\n log {}\thttps://hub.example/ \n\n\
             witness X1 {}\nwitness X2 {}\nwitness X3 {}\ngroup X-witnesses 2 X1 X2 X3\n\
             witness Y1 {}\nwitness Y2 {}\nwitness Y3 {}\ngroup Y-witnesses any Y1 Y2 Y3\n\
             group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
            self.log.key(),
            vkey(0),
            vkey(1),
            vkey(2),
            vkey(3),
            vkey(4),
            vkey(5),
        )
    }

    /// A checkpoint cosigned by these.
    fn cosigned(&self, by: &[usize]) -> SignedCheckpoint {
        let checkpoint = Checkpoint {
            origin: ORIGIN.to_owned(),
            size: 5,
            root: leaf_hash(b"root"),
            extensions: Vec::new(),
        };
        let text = checkpoint.to_string();
        let cosigned = by
            .iter()
            .map(|number| self.witnesses[*number].sign(&text, NOW));
        let signatures = std::iter::once(self.log.sign(&text, 0)).chain(cosigned);
        SignedCheckpoint::new(checkpoint, signatures.collect()).unwrap()
    }
}

#[test]
fn the_example_is_met_by_two_of_three_and_one_of_the_others() {
    let keys = Keys::new();
    let policy = Policy::parse(&keys.example()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().count()), (1, 6));
    for by in 0..1_u32 << 6 {
        let by: Vec<usize> = (0..6).filter(|bit| by >> bit & 1 == 1).collect();
        let of = |range: std::ops::Range<usize>| by.iter().filter(|w| range.contains(w)).count();
        let expected = if of(0..3) >= 2 && of(3..6) >= 1 {
            Quorum::Met
        } else {
            Quorum::Missed
        };
        assert_eq!(policy.judge(&keys.cosigned(&by)), Ok(expected), "{by:?}");
    }
}

#[test]
fn no_number_of_witnesses_speaks_for_the_log_and_a_wrong_one_spoils_all() {
    let keys = Keys::new();
    let policy = Policy::parse(&keys.example()).unwrap();
    let whole = keys.cosigned(&[0, 1, 2, 3]);
    let without_log = whole.note.signatures()[1..].to_vec();
    let without_log = SignedCheckpoint::new(whole.checkpoint.clone(), without_log).unwrap();
    assert_eq!(policy.judge(&without_log), Err(NoteFault::Unsigned));
    let mut altered = whole.note.signatures().to_vec();
    altered[2].bytes[20] ^= 1;
    let altered = SignedCheckpoint::new(whole.checkpoint, altered).unwrap();
    assert_eq!(policy.judge(&altered), Err(NoteFault::Signature));
}

#[test]
fn a_policy_may_ask_for_no_witness_and_must_say_so() {
    let keys = Keys::new();
    let text = format!("log {}\nquorum none\n", keys.log.key());
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.judge(&keys.cosigned(&[])), Ok(Quorum::Met));
    let fault = Policy::parse(&format!("log {}\n", keys.log.key())).unwrap_err();
    assert_eq!(fault.to_string(), "line 1: there is no quorum line");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let keys = Keys::new();
    let example = keys.example();
    let first = keys.witnesses[0].key().to_string();
    for (from, to, said) in [
        (
            "quorum X-and-Y",
            "quorum Z",
            "line 13: `Z` is not defined before this line",
        ),
        (
            "quorum X-and-Y",
            "quorum X1\nquorum X1",
            "there is a quorum line already",
        ),
        (
            "quorum X-and-Y",
            "quorum X1 X2",
            "too few or too many words",
        ),
        ("all X-witnesses", "3 X-witnesses", "3 of 2 cannot be"),
        ("all X-witnesses", "0 X-witnesses", "0 of 2 cannot be"),
        (
            "all X-witnesses",
            "02 X-witnesses",
            "`02` is none of all, any, a number",
        ),
        ("2 X1 X2 X3", "2 X1 X2 X2", "`X2` is a member already"),
        (
            "2 X1 X2 X3",
            "2 X1 X2 Y1",
            "`Y1` is not defined before this line",
        ),
        ("group X-and-Y", "group none", "`none` is taken"),
        ("group X-and-Y", "group X1", "`X1` is taken"),
        ("# a comment", "rule X1", "line 1: `rule` is none of log"),
        ("# a comment", "log \u{1}", "control characters"),
    ] {
        let fault = Policy::parse(&example.replacen(from, to, 1)).unwrap_err();
        assert!(fault.to_string().contains(said), "{said}: {fault}");
    }
    let twice = example.replacen("group X-w", &format!("witness X9 {first}\ngroup X-w"), 1);
    let fault = Policy::parse(&twice).unwrap_err().to_string();
    assert_eq!(fault, "line 7: this witness is listed twice");
    let wrong_kind = example.replacen(&first, &keys.log.key().to_string(), 1);
    let fault = Policy::parse(&wrong_kind).unwrap_err().to_string();
    assert!(fault.contains("is no key of the right kind"), "{fault}");
}
