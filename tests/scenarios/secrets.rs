//! What must never stand outside the centers' own data: identity numbers and names of the sample
//! persons in every spelling in which a system might hold them, numbers and query passwords of
//! their contracts.

use std::collections::BTreeSet;

use catalog::identity::downgrade_18;
use sandbox::world::{NAMED_PARTIES, samples};

/// Shorter byte strings turn up in binary files by chance.
const BYTES_MIN: usize = 6;

/// The byte strings to look for.
#[derive(Debug)]
pub(super) struct Secrets {
    strings: Vec<Vec<u8>>,
    /// Which pairs of first bytes begin one of them.
    begins: Vec<bool>,
}

impl Secrets {
    /// Numbers and names of everybody whom a sample asks about, or a case that names its centers.
    pub(super) fn of_the_samples() -> Self {
        let parties = samples()
            .iter()
            .flat_map(|s| s.cases)
            .flat_map(|case| case.parties);
        let expected = samples()
            .iter()
            .flat_map(|s| s.expects)
            .map(|expected| &expected.subject);
        let mut strings = BTreeSet::new();
        for subject in parties.chain(expected).chain(&NAMED_PARTIES) {
            strings.insert(subject.number.as_bytes().to_vec());
            strings.insert(subject.number.to_lowercase().into_bytes());
            strings.extend(downgrade_18(subject.number).map(String::into_bytes));
            strings.insert(subject.name.as_bytes().to_vec());
            strings.insert(encoding_rs::GB18030.encode(subject.name).0.into_owned());
        }
        // How the query passwords and the numbers of the sample contracts begin.
        strings.extend(["pw-网签", "网签XY"].map(|text| text.as_bytes().to_vec()));
        Self::new(
            strings
                .into_iter()
                .filter(|bytes| bytes.len() >= BYTES_MIN)
                .collect(),
        )
    }

    fn new(strings: Vec<Vec<u8>>) -> Self {
        let mut begins = vec![false; 1 << 16];
        for string in &strings {
            begins[pair(string[0], string[1])] = true;
        }
        Self { strings, begins }
    }

    /// None of them stands in `bytes`.
    pub(super) fn assert_absent(&self, place: &str, bytes: &[u8]) {
        if let Some(at) = self.find(bytes) {
            panic!("personal data in {place} at byte {at}");
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        // The end of a segment is zeros.
        let end = bytes
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        let bytes = &bytes[..end];
        bytes
            .windows(2)
            .enumerate()
            .map(|(at, two)| (at, pair(two[0], two[1])))
            .find_map(|(at, pair)| {
                let is_here = self.begins[pair]
                    && self
                        .strings
                        .iter()
                        .any(|string| bytes[at..].starts_with(string));
                is_here.then_some(at)
            })
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let secrets = Secrets::of_the_samples();
    let sample = samples().first().expect("there are samples");
    let subject = sample.cases[0].parties[0];
    for text in [subject.number.to_owned(), format!("x{}y", subject.name)] {
        assert!(secrets.find(text.as_bytes()).is_some());
    }
    let old = downgrade_18(subject.number).expect("is a number of 18 digits");
    assert_eq!(secrets.find(format!("\0{old}\0\0").as_bytes()), Some(1));
    assert_eq!(secrets.find(b"110101********0110 \0\0"), None);
}
