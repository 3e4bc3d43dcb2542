//! Reading across the closing frames of earlier runs, wherever they stand.

use super::*;

#[test]
fn a_scan_passes_a_closing_frame_that_ends_its_segment() {
    // With every number of entries before the closing, one run ends where a segment is full.
    for before in 0..8 {
        let disk = FakeDisk::holding(&closed_with(before));
        let (journal, _) = open(&disk).unwrap();
        for number in before..before + 4 {
            append(&journal, entry(number)).unwrap();
        }
        let expected: Vec<_> = (0..before + 4).map(entry).collect();
        assert_eq!(entries(&journal), expected, "closed after {before}");
        journal.close().unwrap();
        let (again, _) = open(&disk).unwrap();
        assert_eq!(
            entries(&again),
            expected,
            "closed after {before}, and again"
        );
    }
}

#[test]
fn a_scan_follows_the_writer_behind_a_closing_frame() {
    for before in 1..8 {
        let disk = FakeDisk::holding(&closed_with(before));
        let (journal, _) = open(&disk).unwrap();
        // It stands in front of the closing frame when the next entry is written behind it.
        let mut scan = journal.scan(before - 1);
        assert_eq!(
            scan.next().unwrap().unwrap(),
            (before - 1, entry(before - 1))
        );
        append(&journal, entry(before)).unwrap();
        let next = scan.next().unwrap();
        assert_eq!(
            next.unwrap(),
            (before, entry(before)),
            "closed after {before}"
        );
        assert!(scan.next().is_none());
    }
}
