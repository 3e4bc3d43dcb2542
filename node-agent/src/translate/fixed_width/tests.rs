//! Files that add up, files that do not, and arbitrary bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::macros::date;

use super::*;

fn reading() -> Reading {
    let fields = BTreeMap::from([
        ("id".to_owned(), 1..19),
        ("name".to_owned(), 19..29),
        ("amount".to_owned(), 29..40),
    ]);
    let layout = Layout {
        fields,
        key: 1..19,
        total: Some(29..40),
        line_bytes_min: 40,
    };
    let (charset, keying) = (Charset::Gb18030, Keying::Number);
    Reading {
        file_type: "GR".to_owned(),
        layout,
        charset,
        keying,
        further: Vec::new(),
    }
}

fn name() -> FileName {
    FileName {
        date: date!(2026 - 11 - 23),
        sequence: 1,
        name: "GR20261123_001.txt".to_owned(),
    }
}

fn good() -> Vec<u8> {
    let mut bytes = b"HGR20261123001\r\n".to_vec();
    bytes.extend_from_slice(b"D110101190001010014\xd5\xc5\xc8\xfd      0000000150+\r\n");
    bytes.extend_from_slice(b"D110101000101001   \x95\x32\x82\x36      0000000050-\r\n");
    bytes.extend_from_slice(b"T0000000002000000000000100+\r\n");
    bytes
}

#[test]
fn a_good_file_is_found_by_any_spelling_of_the_number() {
    let file = reading().read(good(), &name()).unwrap();
    assert_eq!(file.lines(0, "110101190001010014").len(), 2);
    assert_eq!(file.lines(0, "110101000101001").len(), 0);
    assert_eq!(file.date(), date!(2026 - 11 - 23));
    assert!(file.notes().is_empty());
    assert!(!format!("{file:?}").contains("110101"));
}

#[test]
fn names_of_files_are_read_strictly() {
    for (text, sound) in [
        ("GR20261123_001.txt", true),
        ("GR20261123_1.txt", true),
        ("GR20261131_001.txt", false),
        ("GR20261123_.txt", false),
        ("GR20261123_+1.txt", false),
        ("GR20261123.txt", false),
        ("DK20261123_001.txt", false),
        ("GR20261123_001.TXT", false),
        ("GR20261123_99999999999.txt", false),
    ] {
        assert_eq!(
            FileName::parse(text, "GR", "txt").is_some(),
            sound,
            "{text}"
        );
    }
    let parse = |text| FileName::parse(text, "GR", "txt").unwrap();
    assert!(parse("GR20261124_001.txt") > parse("GR20261123_009.txt"));
    assert!(parse("GR20261123_010.txt") > parse("GR20261123_9.txt"));
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = reading().read(bytes, &name());
    }

    #[test]
    fn a_file_with_one_changed_byte_is_refused_or_still_adds_up(
        at in 0_usize..200,
        byte in any::<u8>(),
    ) {
        let mut bytes = good();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(file) = reading().read(bytes, &name()) {
            let kept: usize = file.by_key.values().map(Vec::len).sum();
            let noted: u32 = file.notes().iter().map(|(_, count)| *count).sum();
            prop_assert_eq!(kept + usize::try_from(noted).unwrap(), 2);
        }
    }

    #[test]
    fn a_file_cut_anywhere_before_its_trailer_is_refused(at in 0_usize..200) {
        let bytes = good();
        let at = at % (bytes.len() - 2);
        prop_assert!(reading().read(bytes[..at].to_vec(), &name()).is_err());
    }
}
