//! Questions that turn on an employer: whether its accounts may be closed (F03, at night), and
//! who on its roster has a base at another center too (F29, as a list with its flags).

use std::collections::BTreeMap;

use policies::BEIJING;
use sandbox::client::{Answer, Ask, Desk, ListedLine};
use sandbox::star::Star;
use sandbox::world::{BASES_CASE, BASES_HITS, BASES_LINES, CLOSING_CASE, Node, ROSTER_HIT_EVERY};
use serde_json::{Value, json};
use wire::{Clock as _, SystemClock};

use super::ground::Ground;

/// The star's calendar but for the night, which is now or half a day away. Neither window ends
/// while a scenario runs.
fn night(is_now: bool) -> String {
    let is_morning = SystemClock.now().to_offset(BEIJING).hour() < 12;
    let (from, until) = match (is_morning, is_now) {
        (true, true) => ("00:00", "14:00"),
        (true, false) => ("14:00", "24:00"),
        (false, true) => ("10:00", "24:00"),
        (false, false) => ("00:00", "10:00"),
    };
    let window = |hours: &str, from: &str, until: &str| {
        format!(
            "[[window]]\nhours = \"{hours}\"\ndays = \"daily\"\nfrom = \"{from}\"\n\
             until = \"{until}\"\n\n"
        )
    };
    window("counter", "00:00", "24:00")
        + &window("workday", "00:00", "24:00")
        + &window("night", from, until)
}

/// Hub and agents keep the rules each for itself.
fn keep_hours(star: &Star, calendar: &str) {
    let homes = Node::ALL.map(|node| star.home().node(node));
    for home in homes.iter().chain([&star.home().dir().join("hub")]) {
        let rules = home.join("rules");
        std::fs::write(rules.join("calendar.toml"), calendar).expect("is written");
        wire::seal(&rules).expect("is sealed");
    }
}

/// What a center says of one class: its outcome and its verdicts.
fn said<'a>(answer: &'a Answer, node: Node, class: &str) -> (&'a str, &'a BTreeMap<String, Value>) {
    let lamp = answer.lamp(node.id()).expect("has a lamp");
    let found = lamp.classes.iter().find(|one| one.class == class);
    let found = found.unwrap_or_else(|| panic!("{} class {class}", node.id()));
    (&found.outcome, &found.verdicts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_employer_that_closes_is_counted_at_night_by_its_credit_code() {
    let mut ground = Ground::start("employer-closing").await;
    ground.restart(|star| keep_hours(star, &night(false))).await;
    let desk = ground
        .star
        .desk(Node::Guoguan, "0903")
        .expect("has a token");
    let ask = |case: String| Ask {
        case,
        mode: Some("match".to_owned()),
        ..Ask::default()
    };
    let open = desk.open(CLOSING_CASE, "F03").await.expect("is open");
    let before = ground.star.asks_served().await.expect("agents answer");
    let refused = desk.ask(&ask(open.case)).await.expect_err("is refused");
    assert_eq!(
        refused.refusal().expect("says why").code,
        "TS-OUTSIDE-HOURS"
    );
    let after = ground.star.asks_served().await.expect("agents answer");
    assert_eq!(before, after, "no node was asked");

    ground.restart(|star| keep_hours(star, &night(true))).await;
    let open = desk.open(CLOSING_CASE, "F03").await.expect("is open");
    let answer = desk.ask(&ask(open.case)).await.expect("is answered");
    counted(&answer);
    let lamps = answer.lamps.iter().flat_map(|lamp| &lamp.classes);
    assert!(
        lamps.into_iter().all(|class| class.records.is_empty()),
        "nobody is shown"
    );
    ground.check().await;
}

/// Employer accounts, personal accounts and open letters at the four centers.
fn counted(answer: &Answer) {
    for (node, status, accounts) in [
        (Node::City, json!({ "01": 1 }), json!({ "02": 1, "05": 1 })),
        (Node::Zhongzhi, json!({}), json!({})),
        (Node::Guoguan, json!({ "01": 1 }), json!({ "02": 1 })),
        // Two units under one credit code; the railway keeps no employer accounts.
        (Node::Tielu, Value::Null, json!({ "01": 1, "05": 1 })),
    ] {
        let (outcome, verdicts) = said(answer, node, "04");
        let wanted = if accounts == json!({}) {
            "no-record"
        } else {
            "answered"
        };
        assert_eq!(
            (outcome, &verdicts["accounts"]),
            (wanted, &accounts),
            "{}",
            node.id()
        );
        let (outcome, verdicts) = said(answer, node, "02");
        if status.is_null() {
            assert_eq!(outcome, "not-covered", "{}", node.id());
        }
        assert_eq!(verdicts["employer-status"], status, "{}", node.id());
    }
    for (node, open) in [
        (Node::City, json!(false)),
        (Node::Zhongzhi, json!(false)),
        (Node::Guoguan, json!(true)),
        (Node::Tielu, Value::Null),
    ] {
        let (_, verdicts) = said(answer, node, "07");
        assert_eq!(verdicts["open-letter"], open, "{}", node.id());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bases_at_two_centers_are_flagged_line_by_line() {
    let ground = Ground::start("employer-bases").await;
    let desk = ground
        .star
        .desk(Node::Guoguan, "0929")
        .expect("has a token");
    let open = desk.open(BASES_CASE, "F29").await.expect("is open");
    assert_eq!(open.parties.len(), BASES_LINES + 1);
    let flags =
        json!({ "case": open.case, "mode": "match", "wants": { "04": ["grzhzt", "ywzl"] } });
    let listing = desk.list(&flags).await.expect("is begun");
    let (lines, summary) = listing.rest().await.expect("comes to its end");
    assert_eq!((summary.of, summary.answered), (BASES_LINES, BASES_LINES));
    assert_eq!((summary.refused, summary.not_known), (0, 0));
    let mut hits: Vec<usize> = lines
        .iter()
        .filter(|line| is_hit(line))
        .map(|line| line.line)
        .collect();
    hits.sort_unstable();
    let planted: Vec<usize> = (1..=BASES_LINES)
        .filter(|line| line.is_multiple_of(ROSTER_HIT_EVERY))
        .collect();
    assert_eq!((hits.len(), &hits), (BASES_HITS, &planted));

    let details =
        json!({ "case": open.case, "lines": hits, "wants": { "04": ["zxbh", "grjcjs"] } });
    let listing = desk.list(&details).await.expect("is begun");
    let (lines, summary) = listing.rest().await.expect("comes to its end");
    assert_eq!(summary.answered, BASES_HITS);
    for line in &lines {
        let answer = line.answer.as_ref().expect("is answered");
        let lamp = answer.lamp("city").expect("has a lamp");
        let [class] = lamp.classes.as_slice() else {
            panic!("one class");
        };
        assert_eq!(class.records[0].text("grjcjs").as_deref(), Some("10000.00"));
    }
    of_the_employer_itself(&desk, &open.case).await;
    ground.check().await;
}

/// Its confirmed year is told; its people's accounts are nobody's to browse through it.
async fn of_the_employer_itself(desk: &Desk, case: &str) {
    // The employer is a party of the case and its people's accounts elsewhere are not its own.
    let people = Ask {
        case: case.to_owned(),
        wants: Some([("04".to_owned(), vec!["grjcjs".to_owned()])].into()),
        ..Ask::default()
    };
    let refused = desk.ask(&people).await.map(|_| ());
    let refused = refused.expect_err("is refused");
    let refusal = refused.refusal().expect("says why");
    assert_eq!(refusal.code, "TS-ITEM-OUTSIDE-FLOW");
    let employer = Ask {
        case: case.to_owned(),
        wants: Some(
            [(
                "02".to_owned(),
                vec!["dwzh".to_owned(), "cqhdnd".to_owned()],
            )]
            .into(),
        ),
        ..Ask::default()
    };
    let confirmed = desk.ask(&employer).await.expect("is answered");
    for node in [Node::City, Node::Zhongzhi, Node::Guoguan] {
        assert_eq!(said(&confirmed, node, "02").0, "answered", "{}", node.id());
    }
}

/// Whether the city, which does not ask, says that the person has a live account there too.
fn is_hit(line: &ListedLine) -> bool {
    let answer = line.answer.as_ref().expect("is answered");
    let (_, verdicts) = said(answer, Node::City, "04");
    let is_live = verdicts["live-account"] == true;
    let kinds = if is_live {
        json!({ "01": 1 })
    } else {
        json!({})
    };
    assert_eq!(verdicts["same-kind"], kinds);
    let (_, own) = said(answer, Node::Guoguan, "04");
    assert!(
        own.is_empty(),
        "the asking center says nothing about itself"
    );
    is_live
}
