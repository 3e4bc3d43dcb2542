//! The ledger of a person over a real journal, index and published tree: everything is there, the
//! look is on record first, and the number is nowhere.

use std::sync::Arc;

use audit::note::{PROOF_FILE_HEADING, ProofLine, SignedCheckpoint};
use audit::tree::root_of_inclusion;
use audit::{Digest, Keys};
use catalog::Subject;
use catalog::identity::PersonId;
use dashboards::subject::{Ending, Proven, SubjectDesk, Wanted, What};
use data_encoding::HEXLOWER;
use policies::TagKey;
use tokio::sync::mpsc;
use wire::{Heading, v1};
use zeroize::Zeroizing;

use crate::broker::tests::fixture::{Ask, ID_NUMBER, Setup, Star, one_account};
use crate::desk::bench::{Bench, desk, viewer};
use crate::ledger::entry::Entry;
use crate::ledger::keys_of;
use crate::nodes::Attachment;
use crate::nodes::link::Link;

struct Ground {
    star: Star,
    bench: Bench,
    _nodes: Vec<Attachment>,
}

impl std::ops::Deref for Ground {
    type Target = Bench;

    fn deref(&self) -> &Bench {
        &self.bench
    }
}

impl Ground {
    fn new() -> Self {
        let star = Star::new(Setup::default());
        let bench = desk(&star);
        let nodes = vec![star.attach("guoguan", one_account), agent(&star, "city")];
        Self {
            star,
            bench,
            _nodes: nodes,
        }
    }

    fn catch_up(&self) {
        let caught_up = self.index.catch_up(self.star.journal(), &keys_of, |_| {});
        caught_up.expect("is indexed");
    }

    fn subject(&self) -> String {
        self.star.broker.ledger.pseudonym(&tag(ID_NUMBER))
    }

    fn last(&self) -> Entry {
        self.star.entries(0).pop().expect("has entries")
    }
}

fn tag(number: &str) -> policies::SubjectTag {
    let person = PersonId::parse("01", number).expect("is well formed");
    TagKey::new(&[7; 32]).tag(&Subject::Person(person).key())
}

/// The agent of a center that names numbers and answers nothing else.
fn agent(star: &Star, node: &str) -> Attachment {
    let (down, mut frames) = mpsc::channel(8);
    let link = Arc::new(Link::new("0a".to_owned(), down).naming(true));
    let nodes = &star.broker.nodes;
    let attached = nodes.attach(node, Arc::clone(&link), [].into(), "fake".to_owned());
    star.fakes.spawn(async move {
        while let Some(Ok(frame)) = frames.recv().await {
            if let Some(v1::hub_frame::Frame::NameSubject(asked)) = frame.frame {
                let tag = tag(&asked.number).as_bytes().to_vec();
                link.named(v1::SubjectNamed {
                    id: asked.id,
                    outcome: Some(v1::subject_named::Outcome::Tag(tag)),
                });
            }
        }
    });
    attached.expect("is registered")
}

fn wanted(number: &str, reason: &str) -> Wanted {
    Wanted {
        cert_type: "01".into(),
        number: Zeroizing::new(number.into()),
        reason: reason.into(),
    }
}

#[tokio::test]
async fn a_number_becomes_its_pseudonym_on_record_with_the_reason() {
    let ground = Ground::new();
    let named = SubjectDesk::named(&*ground.desk, &viewer(), wanted(ID_NUMBER, " 2026-114 ")).await;
    assert_eq!(named.expect("is named"), ground.subject());
    let Entry::Looked(look) = ground.last() else {
        panic!("the look is on record");
    };
    assert_eq!((&*look.staff, &*look.reason), ("audit-1", "2026-114"));
    assert_eq!((&*look.room, &*look.role), ("subject", "audit"));
    assert_eq!(look.subject, ground.subject());
    assert_eq!(look.terms["named-by"], "city");
    for (reason, code) in [
        ("", "TS-NAMING-REASON"),
        ("查 11010519491231002X", "TS-NAMING-REASON"),
    ] {
        let turned = SubjectDesk::named(&*ground.desk, &viewer(), wanted(ID_NUMBER, reason)).await;
        assert_eq!(turned.expect_err("is refused").code, code);
        let Entry::ActRefused(refused) = ground.last() else {
            panic!("the refusal is on record");
        };
        assert_eq!((&*refused.code, &*refused.act), (code, "name-subject"));
    }
    let texts = ground.star.texts();
    assert!(texts.iter().all(|text| !text.contains(ID_NUMBER)));
}

#[tokio::test]
async fn the_ledger_has_questions_with_their_ends_and_refusals_and_looks() {
    let ground = Ground::new();
    ground
        .star
        .ask(&Ask::honest(&ground.star))
        .await
        .expect("is permitted");
    let mut other = Ask::honest(&ground.star);
    other.signer = "tielu";
    ground.star.ask(&other).await.expect_err("is refused");
    // Whether the index has it or not makes no difference.
    for is_indexed in [false, true] {
        if is_indexed {
            ground.catch_up();
        }
        let shown = ground.desk.ledger(&viewer(), &ground.subject(), None).await;
        let shown = shown.expect("is shown");
        let Entry::Looked(look) = ground.last() else {
            panic!("the look is on record before it is shown");
        };
        assert_eq!(look.subject, ground.subject());
        let [.., refused, asked] = &shown.rows[..] else {
            panic!("{:?}", shown.rows);
        };
        assert!(matches!(shown.rows[0].what, What::Looked(_)), "this look");
        let What::Refused(refused) = &refused.what else {
            panic!("{refused:?}");
        };
        assert_eq!(refused.code, "TS-CASE-SIGNATURE");
        let What::Asked(asked) = &asked.what else {
            panic!("{asked:?}");
        };
        assert_eq!(asked.who.operator, "0231");
        assert_eq!(asked.flow.0, "F05");
        assert!(asked.is_details && !asked.flow.1.zh.is_empty());
        let classes: Vec<&str> = asked.classes.iter().map(|c| c.class.0.as_str()).collect();
        assert_eq!(classes, ["03", "04"]);
        assert!(
            asked.classes[1]
                .items
                .iter()
                .all(|(_, name)| !name.zh.is_empty())
        );
        let Ending::Sealed { gave, .. } = &asked.ending else {
            panic!("has an outcome");
        };
        let records: u32 = gave.iter().map(|gave| gave.records).sum();
        assert!(records > 0, "{gave:?}");
        assert_eq!(shown.covers, (0, ground.star.journal().size()));
        assert!(!shown.is_behind);
        let by_index = if is_indexed { shown.covers.1 - 1 } else { 0 };
        assert_eq!(shown.indexed, by_index, "this look is not in it yet");
    }
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let ground = Ground::new();
    let subject = ground.subject();
    for _ in 0..60 {
        let shown = ground.desk.ledger(&viewer(), &subject, None).await;
        shown.expect("is shown");
    }
    ground.catch_up();
    let (mut before, mut numbers) = (None, Vec::new());
    loop {
        let shown = ground.desk.ledger(&viewer(), &subject, before).await;
        let shown = shown.expect("is shown");
        assert!(shown.rows.len() <= super::ROWS_MAX);
        numbers.extend(shown.rows.iter().map(|row| row.number));
        before = shown.before;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(numbers, (0..=60).rev().collect::<Vec<u64>>());
}

#[tokio::test]
async fn paper_and_file_prove_each_entry_and_its_end() {
    let mut ground = Ground::new();
    ground
        .star
        .ask(&Ask::honest(&ground.star))
        .await
        .expect("is permitted");
    ground.catch_up();
    let subject = ground.subject();
    ground.bench.publisher.advance().expect("publishes");
    let printed = ground.desk.printed(&viewer(), &subject, None).await;
    let printed = printed.expect("is printed");
    assert_eq!(printed.log, "hub-1");
    let head = printed.head.expect("is covered");
    assert_eq!((head.size, &*head.signers), (2, &["hub-1".to_owned()][..]));
    let note = SignedCheckpoint::parse(head.note.as_bytes()).expect("is a note");
    note.verify(std::slice::from_ref(&ground.key))
        .expect("what is printed is signed");
    let proven: Vec<_> = printed.proven.values().collect();
    let [first, second, uncovered] = &proven[..] else {
        panic!("{proven:?}");
    };
    assert_eq!(uncovered.path, None);
    // Of two entries each is the other's sibling: paper alone leads to the signed root.
    for (one, other, index) in [(first, second, 0), (second, first, 1)] {
        let (path, true) = one.path.clone().expect("is covered") else {
            panic!("{one:?}");
        };
        let leaf = |proven: &Proven| Digest::from_hex(&proven.leaf).expect("is a digest");
        assert_eq!(path, [leaf(other).to_base64()]);
        let root = root_of_inclusion(index, 2, leaf(one), &[leaf(other)]);
        assert_eq!(root, Some(note.checkpoint.root));
    }
    assert!(printed.annex.ends_with(".proofs"));
    let file = ground.desk.proofs(&viewer(), &subject, Some(2)).await;
    let file = file.expect("is made");
    assert!(file.name.ends_with("-0-1.proofs") && !file.name.contains(&subject));
    let Entry::Exported(exported) = ground.last() else {
        panic!("the file is on record before it leaves");
    };
    let digest = ring::digest::digest(&ring::digest::SHA256, &file.bytes);
    assert_eq!(exported.sha256, HEXLOWER.encode(digest.as_ref()));
    assert_eq!((&*exported.form, exported.rows), ("proofs", 2));
    assert_eq!((&exported.subject, exported.is_cut), (&subject, false));
    let text = String::from_utf8(file.bytes).expect("is text");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(PROOF_FILE_HEADING));
    let keys = [ground.key.clone()];
    let proven = lines.map(|line| {
        let line: ProofLine = serde_json::from_str(line).expect("is a line");
        line.verify(&keys).expect("is proven");
        line.index
    });
    assert_eq!(proven.collect::<Vec<_>>(), [0, 1]);
}

/// A file that somebody took is part of the ledger, and so is nobody's who may not take one: that
/// is on record as refused.
#[tokio::test]
async fn a_file_is_in_the_ledger_and_a_refused_one_on_record() {
    let ground = Ground::new();
    let subject = ground.subject();
    let file = ground.desk.proofs(&viewer(), &subject, None).await;
    file.expect("is made");
    let Entry::Exported(taken) = ground.last() else {
        panic!("is on record");
    };
    let shown = ground.desk.ledger(&viewer(), &subject, None).await;
    let shown = shown.expect("is shown");
    let What::Exported(row) = &shown.rows[1].what else {
        panic!("{:?}", shown.rows);
    };
    assert_eq!((&row.staff, &row.sha256), (&taken.staff, &taken.sha256));
    let mut duty = viewer();
    duty.roles = vec![dashboards::RoleName::Duty];
    let before = ground.star.journal().size();
    let refused = ground.desk.proofs(&duty, &subject, None).await;
    assert_eq!(refused.expect_err("is refused").code, "TS-ACT-ROLE");
    let Entry::ActRefused(refused) = ground.last() else {
        panic!("the refusal is on record");
    };
    assert_eq!((&*refused.act, &*refused.code), ("export", "TS-ACT-ROLE"));
    assert_eq!(
        ground.star.journal().size(),
        before + 1,
        "nothing else was done"
    );
}

/// An index that gives somebody else's entry is found out; one that hides an entry is not, and so
/// the page says how far it leans on it.
#[tokio::test]
async fn the_ledger_believes_no_index() {
    fn invents(bytes: &[u8], keys: &mut Keys<'_>) {
        keys_of(bytes, keys);
        let subject = Heading::read(bytes).map(|heading| heading.subject.to_string());
        if subject.is_some_and(|subject| subject == "cd".repeat(32)) {
            keys.add(&["subject:", &"ab".repeat(32)]);
        }
    }
    fn hides(bytes: &[u8], keys: &mut Keys<'_>) {
        let subject = Heading::read(bytes).map(|heading| heading.subject.to_string());
        if subject.is_none_or(|subject| subject != "cd".repeat(32)) {
            keys_of(bytes, keys);
        }
    }
    type KeysOf = fn(&[u8], &mut Keys<'_>);
    for (keys, is_found_out) in [(invents as KeysOf, true), (hides, false)] {
        let ground = Ground::new();
        let [own, others] = ["ab".repeat(32), "cd".repeat(32)];
        for subject in [&own, &others] {
            let shown = ground.desk.ledger(&viewer(), subject, None).await;
            shown.expect("is shown");
        }
        let index = &ground.index;
        index
            .catch_up(ground.star.journal(), &keys, |_| {})
            .expect("is indexed");
        let shown = ground.desk.ledger(&viewer(), &own, None).await;
        if is_found_out {
            assert_eq!(shown.expect_err("shows nothing").code, "TS-HUB-INTERNAL");
            continue;
        }
        assert_eq!(shown.expect("is shown").rows.len(), 2);
        let shown = ground.desk.ledger(&viewer(), &others, None).await;
        let shown = shown.expect("is shown");
        assert_eq!((shown.rows.len(), shown.indexed), (1, 2), "only this look");
    }
}
