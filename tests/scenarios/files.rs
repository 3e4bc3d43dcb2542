//! Bad local data: old, inconsistent or unreadable facts are marked or withheld with their reason,
//! never guessed.

use std::collections::BTreeMap;
use std::time::Duration;

use sandbox::client::{Answer, Ask, Desk, Note};
use sandbox::metrics::sum;
use sandbox::star::{Star, until};
use sandbox::world::fault::unknown_code_in_database;
use sandbox::world::{Node, sample};

use super::drop_files::DropFiles;
use super::ground::{Ground, assert_holds};

/// How long an agent may take to notice a changed file.
const NOTICE_WAIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_and_broken_files_are_marked_or_withheld() {
    let mut ground = Ground::start("files").await;
    assert_holds(&ground.show().stale().await);
    assert_holds(&ground.show().wrong_trailer().await);
    assert_holds(&ground.show().unknown_code().await);
    an_unknown_code_in_a_database_is_withheld(&ground.star).await;
    a_cut_character_is_withheld(&ground.star).await;
    ground.check().await;
}

async fn an_unknown_code_in_a_database_is_withheld(star: &Star) {
    let party = sample("S1").expect("is planted").cases[0].parties[0];
    let home = star.home().node(Node::Guoguan);
    let changed = unknown_code_in_database(Node::Guoguan, &home, party.number);
    assert_eq!(changed.expect("is changed"), 1);
    let desk = star.desk(Node::Guoguan, "0317").expect("has a desk");
    let open = desk.open("GG-S01", "F05").await.expect("is open");
    let answer = desk
        .ask(&Ask {
            case: open.case,
            ..Ask::default()
        })
        .await
        .expect("is answered");
    let notes = notes(&answer, Node::Guoguan, "04");
    assert!(
        notes.iter().any(|n| is_about(n, "04-08", "unknown-code")),
        "{notes:?}"
    );
    let lamp = answer.lamp("guoguan").expect("has a lamp");
    let record = &lamp.class("04").expect("was asked").records[0];
    assert_eq!(record.text("grzhzt"), None, "withheld");
    assert_eq!(
        record.text("ywzl").as_deref(),
        Some("01"),
        "the rest is given"
    );
    assert!(withheld(star, Node::Guoguan, "04", "unknown-code").await > 0);
}

/// The address of a house breaks off in the middle of a character. A case about its owner is opened
/// at the railway.
async fn a_cut_character_is_withheld(star: &Star) {
    let files = DropFiles::of(&star.home().node(Node::Tielu));
    let owner = files.cut_address();
    let case_no = files.case_about(&owner, "07");
    let desk = star.desk(Node::Tielu, "0402").expect("has a desk");
    let found = until(NOTICE_WAIT, async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let answer = address(&desk, &case_no).await?;
        let notes = notes(&answer, Node::Tielu, "06");
        notes
            .iter()
            .any(|n| is_about(n, "06-16", "undecodable"))
            .then_some(answer)
    });
    let answer = found.await.expect("the cut character is noted");
    let lamp = answer.lamp("tielu").expect("has a lamp");
    let class = lamp.class("06").expect("was asked");
    assert!(
        class
            .records
            .iter()
            .any(|record| record.text("fwzl").is_none()),
        "withheld"
    );
    assert!(
        class.records.iter().all(|r| r.text("ywlsh").is_some()),
        "the rest is given"
    );
    assert!(withheld(star, Node::Tielu, "06", "undecodable").await > 0);
}

async fn address(desk: &Desk, case_no: &str) -> Option<Answer> {
    let open = desk.open(case_no, "F10").await.ok()?;
    let items = ["fwzl", "ywlsh"].map(str::to_owned).to_vec();
    let wants = Some(BTreeMap::from([("06".to_owned(), items)]));
    desk.ask(&Ask {
        case: open.case,
        wants,
        ..Ask::default()
    })
    .await
    .ok()
}

fn notes(answer: &Answer, node: Node, class: &str) -> Vec<Note> {
    let class = answer.lamp(node.id()).and_then(|lamp| lamp.class(class));
    class.map(|class| class.notes.clone()).unwrap_or_default()
}

fn is_about(note: &Note, item: &str, defect: &str) -> bool {
    note.item.as_deref() == Some(item) && note.defect == defect
}

async fn withheld(star: &Star, node: Node, class: &str, defect: &str) -> u64 {
    let text = star.agent_metrics(node).await.expect("the agent answers");
    sum(
        &text,
        "agent_values_withheld_total",
        &[("class", class), ("defect", defect)],
    )
}
