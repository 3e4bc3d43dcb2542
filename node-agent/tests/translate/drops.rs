//! Which dropped file is answered from, and which are refused: wrong counts, wrong totals, cut
//! files, repeated lines, and the newest file broken while yesterday's is good.

use std::time::Duration;

use catalog::Defect;
use node_agent::translate::{FileFault, FoundOutcome, QualityNote, SourceError, Translator};
use time::macros::datetime;

use crate::bench::{Home, Is, PERSON, ask, class, file, seen};
use crate::railway::{account, mapping};

const BALANCE: &str = "0000000012345+";
const RULE: (&str, &str) = (
    "04-14",
    "from = \"balance\"\ndecimal = { unit = \"fen-sign-last\" }",
);

fn home(freshness: &str) -> Home {
    let home = Home::new();
    home.mapping("04.toml", &mapping("04", freshness, &[RULE]));
    home
}

fn two_lines() -> [Vec<u8>; 2] {
    [
        account(PERSON, BALANCE, &[]),
        account("110101190001010030", "0000000000001-", &[]),
    ]
}

/// One new look at the folder needs its interval to pass.
async fn after_a_look(translator: &Translator) -> node_agent::translate::Found {
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    ask(translator, "04-14").await
}

#[tokio::test]
async fn broken_files_are_refused_with_their_reason() {
    let good = file("20261123", 1, &two_lines(), 2, 12_344);
    let text = |from: &str, to: &str| {
        let at = good
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .unwrap();
        let mut bytes = good.clone();
        bytes.splice(at..at + from.len(), to.bytes());
        bytes
    };
    let mut amount = two_lines();
    amount[0][105] = b'x';
    let cases: Vec<(Vec<u8>, FileFault)> = vec![
        (
            file("20261123", 1, &two_lines(), 3, 12_344),
            FileFault::WrongCount,
        ),
        (
            file("20261123", 1, &two_lines(), 2, 12_345),
            FileFault::WrongTotal,
        ),
        (
            file("20261123", 1, &two_lines(), 2, -12_344),
            FileFault::WrongTotal,
        ),
        (
            file("20261123", 1, &amount, 2, 12_344),
            FileFault::BadAmount,
        ),
        (
            file("20261122", 1, &two_lines(), 2, 12_344),
            FileFault::HeaderMismatch,
        ),
        (
            file("20261123", 2, &two_lines(), 2, 12_344),
            FileFault::HeaderMismatch,
        ),
        (text("HGR", "HDK"), FileFault::HeaderMismatch),
        (text("HGR", "GRH"), FileFault::NoHeader),
        (text("T0000000002", "t0000000002"), FileFault::NoTrailer),
        (text("D0001000023", "X0001000023"), FileFault::UnknownLine),
        (good[..good.len() - 60].to_vec(), FileFault::NoTrailer),
        (good[..60].to_vec(), FileFault::NoTrailer),
        (text("00000000\r\n", "0000\r\n"), FileFault::ShortLine),
        (vec![b'D'; 10_000], FileFault::TooManyLines),
        (Vec::new(), FileFault::NoHeader),
    ];
    for (bytes, fault) in cases {
        let home = home("");
        home.drop_file("GR20261123_001.txt", &bytes);
        let translator = home.open().await;
        assert_eq!(translator.refused_file(class("04")), Some(fault));
        let found = ask(&translator, "04-14").await;
        let refused = FoundOutcome::Unavailable(SourceError::FileRefused);
        assert_eq!(
            found.outcome, refused,
            "nothing is read out of a file with {fault}"
        );
        assert!(found.records.is_empty());
    }
}

#[tokio::test]
async fn an_empty_class_is_legal_and_a_missing_file_is_not_empty() {
    let home = home("");
    let translator = home.open().await;
    let missing = ask(&translator, "04-14").await;
    assert_eq!(
        missing.outcome,
        FoundOutcome::Unavailable(SourceError::FileMissing)
    );
    home.drop_file("GR20261123_001.txt", &file("20261123", 1, &[], 0, 0));
    let empty = after_a_look(&translator).await;
    assert_eq!(empty.outcome, FoundOutcome::NoRecord);
    assert_eq!(empty.as_of, datetime!(2026-11-23 00:00 +8));
}

#[tokio::test]
async fn repeated_lines_are_answered_once_and_noted() {
    let home = home("");
    let [one, other] = two_lines();
    let lines = [one.clone(), other, one.clone(), one];
    home.drop_file(
        "GR20261123_001.txt",
        &file("20261123", 1, &lines, 4, 3 * 12_345 - 1),
    );
    let found = ask(&home.open().await, "04-14").await;
    assert_eq!(found.outcome, FoundOutcome::Answered);
    assert_eq!(found.records.len(), 1);
    assert_eq!(
        found.notes,
        [QualityNote {
            item: None,
            defect: Defect::Duplicate,
            count: 2
        }]
    );
}

#[tokio::test]
async fn a_line_whose_number_cannot_be_read_is_noted() {
    let home = home("");
    let lines = [
        account("", BALANCE, &[]),
        account(PERSON, BALANCE, &[(38, &[0x81, 0xff])]),
    ];
    home.drop_file(
        "GR20261123_001.txt",
        &file("20261123", 1, &lines, 2, 2 * 12_345),
    );
    let found = ask(&home.open().await, "04-14").await;
    assert_eq!(found.outcome, FoundOutcome::NoRecord);
    let defects: Vec<_> = found.notes.iter().map(|note| note.defect).collect();
    assert_eq!(defects, [Defect::Undecodable, Defect::MissingRequired]);
}

#[tokio::test]
async fn the_newest_good_file_stays_while_a_newer_one_is_broken() {
    let home = home("[freshness]\nstale_after_hours = 1000");
    let yesterday = [account(PERSON, "0000000000100+", &[])];
    home.drop_file(
        "GR20261122_002.txt",
        &file("20261122", 2, &yesterday, 1, 100),
    );
    home.drop_file(
        "GR20261121_009.txt",
        &file("20261121", 9, &two_lines(), 2, 12_344),
    );
    let broken = file("20261123", 1, &two_lines(), 9, 12_344);
    home.drop_file("GR20261123_001.txt", &broken);
    home.drop_file("DK20261123_001.txt", b"another type");
    home.drop_file("GR20261123_001.tmp", b"not a file of this kind");
    let translator = home.open().await;
    let stale = ask(&translator, "04-14").await;
    assert_eq!(stale.outcome, FoundOutcome::Stale);
    assert_eq!(stale.as_of, datetime!(2026-11-22 00:00 +8));
    assert_eq!(seen(&stale.records[0], "04-14"), Is("1.00"));
    assert_eq!(
        translator.refused_file(class("04")),
        Some(FileFault::WrongCount)
    );
    let refused = QualityNote {
        item: None,
        defect: Defect::BadFormat,
        count: 1,
    };
    assert_eq!(
        stale.notes,
        [refused],
        "the refused file is noted in the answer"
    );
    // The sender repeats the file, this time whole.
    let whole = file("20261123", 1, &two_lines(), 2, 12_344);
    home.drop_file("GR20261123_001.txt", &whole);
    let fresh = after_a_look(&translator).await;
    assert_eq!(fresh.outcome, FoundOutcome::Answered);
    assert!(fresh.notes.is_empty());
    assert_eq!(seen(&fresh.records[0], "04-14"), Is("123.45"));
    assert_eq!(translator.refused_file(class("04")), None);
    // An emptied folder takes back nothing that was read.
    for name in [
        "GR20261122_002.txt",
        "GR20261121_009.txt",
        "GR20261123_001.txt",
    ] {
        std::fs::remove_file(home.path().join("data/drop").join(name)).unwrap();
    }
    assert_eq!(
        after_a_look(&translator).await.outcome,
        FoundOutcome::Answered
    );
}

#[tokio::test]
async fn a_refused_newer_file_makes_even_a_young_one_stale() {
    for freshness in ["", "[freshness]\nstale_after_hours = 48"] {
        let home = home(freshness);
        let good = file("20261122", 1, &two_lines(), 2, 12_344);
        home.drop_file("GR20261122_001.txt", &good);
        let translator = home.open().await;
        let young = ask(&translator, "04-14").await;
        assert_eq!(young.outcome, FoundOutcome::Answered);
        let mut short = two_lines();
        short[1].truncate(90);
        let broken = file("20261123", 1, &short, 2, 12_344);
        home.drop_file("GR20261123_001.txt", &broken);
        let stale = after_a_look(&translator).await;
        assert_eq!(stale.outcome, FoundOutcome::Stale);
        assert_eq!(stale.as_of, datetime!(2026-11-22 00:00 +8));
        assert_eq!(seen(&stale.records[0], "04-14"), Is("123.45"));
        let (fault, line) = (
            translator.refused_file(class("04")),
            translator.refused_line(class("04")),
        );
        assert_eq!((fault, line), (Some(FileFault::ShortLine), Some(3)));
    }
}

#[tokio::test]
async fn a_file_of_a_day_to_come_never_wins() {
    let home = home("[freshness]\nstale_after_hours = 48");
    let drop = |date: &str, fen: i64| {
        let amount = format!("{fen:013}+");
        let lines = [account(PERSON, &amount, &[])];
        home.drop_file(&format!("GR{date}_001.txt"), &file(date, 1, &lines, 1, fen));
    };
    // More of them than are read until one is good.
    for year in 2028..2038 {
        drop(&format!("{year}0101"), 100);
    }
    let translator = home.open().await;
    let none = ask(&translator, "04-14").await;
    let refused = FoundOutcome::Unavailable(SourceError::FileRefused);
    assert_eq!(none.outcome, refused);
    assert_eq!(
        translator.refused_file(class("04")),
        Some(FileFault::FutureDated)
    );
    drop("20261123", 200);
    let stale = after_a_look(&translator).await;
    assert_eq!(stale.outcome, FoundOutcome::Stale);
    assert_eq!(seen(&stale.records[0], "04-14"), Is("2.00"));
    for year in 2028..2038 {
        let name = format!("data/drop/GR{year}0101_001.txt");
        std::fs::remove_file(home.path().join(name)).unwrap();
    }
    drop("20261125", 300);
    let later = after_a_look(&translator).await;
    assert_eq!(seen(&later.records[0], "04-14"), Is("2.00"));
    // Tomorrow's is a matter of clocks.
    std::fs::remove_file(home.path().join("data/drop/GR20261125_001.txt")).unwrap();
    drop("20261124", 400);
    let fresh = after_a_look(&translator).await;
    assert_eq!(fresh.outcome, FoundOutcome::Answered);
    assert_eq!(seen(&fresh.records[0], "04-14"), Is("4.00"));
}
