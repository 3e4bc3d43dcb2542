//! One entry, its pair and its proof.

use audit::leaf_hash;
use audit::note::TlogProof;
use dashboards::audit::{Older, Verdict};

use super::super::*;
use super::ground::{ENTRIES, Ground, auditor, query, subject};

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_shown_with_its_pair_and_the_look_is_on_record() {
    let ground = Ground::new().await;
    let number = 4;
    let entry = ground
        .desk
        .entry(&auditor(), number)
        .await
        .expect("is shown");
    let bytes = ground.star.journal().read(number).expect("is there");
    assert_eq!(entry.raw.as_bytes(), bytes);
    assert_eq!(entry.leaf_hash, leaf_hash(&bytes).to_string());
    let field = |path: &str| {
        let found = entry.fields.iter().find(|field| field.path == path);
        found.map(|field| field.value.clone()).unwrap_or_default()
    };
    assert_eq!(
        (entry.kind.as_str(), field("kind").as_str()),
        ("outcome", "outcome")
    );
    assert_eq!(field("nodes.0.classes.0.code"), "TS-NODE-TIMEOUT");
    let [pair] = entry.related.as_slice() else {
        panic!("{:?}", entry.related);
    };
    assert_eq!((pair.number, pair.kind.as_str()), (3, "decision"));
    assert_eq!(entry.links.query, query(1));
    let decision = ground.desk.entry(&auditor(), 3).await.expect("is shown");
    assert_eq!(decision.links.subject, subject(1));
    assert_eq!(decision.related[0].codes, ["TS-NODE-TIMEOUT"]);
    let told = ground.told(ENTRIES);
    assert_eq!(told.len(), 2);
    assert_eq!(told[1]["terms"], serde_json::json!({ "entry": "3" }));
    assert_eq!(
        told[1]["subject"],
        subject(1),
        "is found in that person's ledger"
    );
    let beyond = ground.desk.entry(&auditor(), 10_000).await;
    assert_eq!(beyond.expect_err("is none").code, "TS-PAGE-UNKNOWN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_holds_here_and_elsewhere() {
    let mut ground = Ground::new().await;
    let number = 17;
    let first = ground.desk.prove(&auditor(), number, None).await;
    let first = first.expect("is read").expect("is covered");
    assert!(first.holds(), "{first:?}");
    assert_eq!(first.size, ENTRIES);
    assert_eq!(
        first.steps.last().map(|step| &step.result),
        Some(&first.root)
    );
    assert!(first.steps.len() >= 9);
    // The file is verified by what knows nothing of pages.
    let file = ground
        .desk
        .proof_file(&auditor(), number)
        .await
        .expect("is made");
    let proof = TlogProof::parse(&file.bytes).expect("is a proof");
    let leaf = leaf_hash(&ground.star.journal().read(number).expect("is there"));
    let keys = [ground.publisher.key().clone()];
    proof.verify(leaf, &keys).expect("holds");
    assert_eq!(first.keys, [keys[0].to_string()]);
    // The looks have made the log longer: it grew out of what it was.
    let pending = ground
        .desk
        .prove(&auditor(), ENTRIES, None)
        .await
        .expect("is read");
    assert_eq!(pending, None, "no checkpoint covers it yet");
    ground.publisher.advance().expect("publishes");
    let older = |size, root: &str| {
        let root = root.to_owned();
        Some(Older { size, root })
    };
    let second = ground
        .desk
        .prove(&auditor(), number, older(first.size, &first.root_base64))
        .await;
    let second = second.expect("is read").expect("is covered");
    assert!(second.holds());
    let grown = second.grown.expect("was asked for");
    assert!(grown.holds && !grown.path.is_empty());
    let other = second.root_base64.as_str();
    for (size, root) in [
        (first.size, other),
        (first.size - 1, &first.root_base64),
        (9_999, other),
    ] {
        let proven = ground
            .desk
            .prove(&auditor(), number, older(size, root))
            .await;
        let proven = proven.expect("is read").expect("is covered");
        assert!(
            !proven.grown.as_ref().is_some_and(|grown| grown.holds),
            "{size}"
        );
        assert!(!proven.holds());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_was_altered_is_not_proven() {
    let ground = Ground::new().await;
    let shelf = ground.desk.shelf();
    let mut bytes = ground.star.journal().read(5).expect("is there");
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    let proven = proof::proven(&shelf, (5, &bytes), None).expect("is read");
    let proven = proven.expect("is covered");
    assert!(!proven.is_included && !proven.holds());
    // A log that signs with another key than the one that is believed is unknown.
    let stranger = Ground::new().await;
    let shelf = Shelf {
        key: stranger.publisher.key().clone(),
        ..shelf
    };
    let bytes = ground.star.journal().read(5).expect("is there");
    let proven = proof::proven(&shelf, (5, &bytes), None).expect("is read");
    let proven = proven.expect("is covered");
    assert!(proven.is_included && !proven.holds());
    assert_eq!(proven.signatures[0].verdict, Verdict::Unknown);
}
