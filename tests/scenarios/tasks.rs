//! Supervision tasks as lists: the yearly bases (F29), the monthly scan for duplicates (F30) and
//! the daily watch over sealed accounts (F31). Flags first; details leave a center for a hit alone.

use std::collections::{BTreeMap, BTreeSet};

use policies::BEIJING;
use sandbox::client::{Answer, ClassAnswer, Desk};
use sandbox::evidence::LogBook;
use sandbox::world::{
    BASES_CASE, Node, ROSTER_HIT_EVERY, ROSTER_SEALED_LINE, SCAN_CASE, SCAN_LINES, WATCH_CASE,
    WATCH_LINES,
};
use serde_json::{Value, json};
use time::Date;
use wire::{Clock as _, SystemClock};

use super::ground::Ground;

/// Sealed for longer than this while another account is live is a late transfer.
const LATE_DAYS: i64 = 30;

/// A task of 国管, whose business system alone knows who approved it.
async fn open(ground: &Ground, case_no: &str, flow: &str) -> (Desk, String) {
    let desk = ground.star.desk(Node::Guoguan, "0930");
    let desk = desk.expect("has a token");
    let open = desk.open(case_no, flow).await.expect("the task is open");
    (desk, open.case)
}

/// All lines of a list, by number; every one must be answered, and no center be unknown.
async fn listed(desk: &Desk, body: &Value) -> BTreeMap<usize, Answer> {
    let listing = desk.list(body).await.expect("is begun");
    let (lines, summary) = listing.rest().await.expect("comes to its end");
    assert_eq!((summary.answered, summary.not_known), (summary.of, 0));
    let answers = lines.into_iter().map(|line| {
        let answer = line.answer.expect("is answered");
        (line.line, answer)
    });
    answers.collect()
}

fn said<'a>(answer: &'a Answer, node: &str, class: &str) -> &'a ClassAnswer {
    let lamp = answer.lamp(node).expect("has a lamp");
    let found = lamp.class(class);
    found.unwrap_or_else(|| panic!("{node} class {class}"))
}

/// The lamps of an answer, in the order of the centers' ids.
fn lamps(answer: &Answer) -> [&str; 4] {
    ["city", "guoguan", "tielu", "zhongzhi"]
        .map(|node| answer.lamp(node).expect("has a lamp").lamp.as_str())
}

/// The centers where a verdict holds, by line.
fn holding(lines: &BTreeMap<usize, Answer>, class: &str, verdict: &str) -> Vec<(usize, String)> {
    let mut holding = Vec::new();
    for (line, answer) in lines {
        for lamp in &answer.lamps {
            let found = lamp
                .class(class)
                .and_then(|said| said.verdicts.get(verdict));
            if found == Some(&json!(true)) {
                holding.push((*line, lamp.node.clone()));
            }
        }
    }
    holding.sort();
    holding
}

fn at(places: &[(usize, &str)]) -> Vec<(usize, String)> {
    let places = places
        .iter()
        .map(|(line, node)| (*line, (*node).to_owned()));
    places.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_is_told_for_a_hit_and_withheld_where_there_is_none() {
    let ground = Ground::start("tasks-bases").await;
    let (desk, case) = open(&ground, BASES_CASE, "F29").await;
    let hit = ROSTER_HIT_EVERY;
    let body = json!({
        "case": case,
        "lines": [hit, ROSTER_SEALED_LINE],
        "wants": { "04": ["zxbh", "ywzl", "grjcjs", "jzny"] },
    });
    let lines = listed(&desk, &body).await;
    assert_eq!(lines.len(), 2);
    let answered = ["answered", "nothing", "nothing", "nothing"];
    assert_eq!(lamps(&lines[&hit]), answered);
    let class = said(&lines[&hit], "city", "04");
    let [base] = class.records.as_slice() else {
        panic!("one base: {class:?}");
    };
    assert_eq!(base.text("grjcjs").as_deref(), Some("10000.00"));
    assert!(!class.held_back);

    let sealed = &lines[&ROSTER_SEALED_LINE];
    assert_eq!(lamps(sealed), ["nothing", "nothing", "nothing", "no-hit"]);
    let class = said(sealed, "zhongzhi", "04");
    assert!(class.held_back && class.records.is_empty() && class.notes.is_empty());
    assert_eq!((class.outcome.as_str(), &class.code), ("answered", &None));
    let log = LogBook::read(&ground.star.home().agent_log(Node::Zhongzhi));
    let log = log.expect("the log verifies");
    let at = log.last("served", "query", &sealed.query);
    let at = usize::try_from(at.expect("is on record")).expect("is an index");
    let class = &log.entries[at]["classes"]["04"];
    let digest = class["digest"]
        .as_str()
        .expect("what was said has a digest");
    assert_eq!(digest.len(), 32);
    let no_hit = json!({
        "outcome": "answered", "records": 0, "held_back": true, "digest": digest
    });
    assert_eq!(*class, no_hit);
    ground.check().await;
}

/// The last six months that were paid for, as `YYYYMM`.
fn half_a_year() -> Value {
    let today = SystemClock.now().to_offset(BEIJING).date();
    let months = today.year() * 12 + i32::from(u8::from(today.month())) - 1;
    let month = |back: i32| {
        let month = months - back;
        format!("{:04}{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
    };
    json!({ "from": month(6), "until": month(1) })
}

/// For each line the centers with a live account of one kind, where there are several: what the
/// scan is for. Records of the asking center count like any other.
fn duplicates(lines: &BTreeMap<usize, Answer>) -> BTreeMap<usize, BTreeSet<String>> {
    let mut work = BTreeMap::new();
    for (line, answer) in lines {
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let accounts = answer.lamps.iter().filter_map(|lamp| lamp.class("04"));
        for account in accounts.flat_map(|class| &class.records) {
            if matches!(account.text("grzhzt").as_deref(), Some("01" | "06")) {
                let center = account.text("zxbh").expect("says where it is");
                assert!(account.text("grzh").is_some(), "its owner can find it");
                let kind = account.text("ywzl").expect("says its kind");
                kinds.entry(kind).or_default().insert(center);
            }
        }
        let several = kinds.into_values().find(|centers| centers.len() > 1);
        work.extend(several.map(|centers| (*line, centers)));
    }
    work
}

/// Lines whose former number is the number of another line: one person, merged by nobody silently.
fn linked(lines: &BTreeMap<usize, Answer>) -> Vec<(usize, usize)> {
    let mut linked = Vec::new();
    for (line, answer) in lines {
        let known = answer.lamps.iter().filter_map(|lamp| lamp.class("03"));
        for former in known.flat_map(|class| &class.records) {
            let former = former.text("yzjhm");
            let twin = SCAN_LINES
                .iter()
                .position(|who| former.as_deref() == Some(who.number));
            linked.extend(twin.map(|twin| (*line, twin)));
        }
    }
    linked
}

/// One has two live accounts of one kind; a subsidy beside a basic fund is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scan_makes_a_work_list_of_duplicates() {
    let ground = Ground::start("tasks-scan").await;
    let (desk, case) = open(&ground, SCAN_CASE, "F30").await;
    let flags = json!({
        "case": case, "mode": "match", "wants": { "04": ["grzhzt", "ywzl", "khrq", "jzny"] },
        "yardsticks": { "shared-months": half_a_year() },
    });
    let flags = listed(&desk, &flags).await;
    assert_eq!(flags.len(), SCAN_LINES.len());
    let live = at(&[(0, "city"), (1, "city"), (2, "city"), (5, "city")]);
    assert_eq!(holding(&flags, "04", "live-account"), live);
    assert_eq!(
        holding(&flags, "04", "sealed-account"),
        at(&[(2, "zhongzhi")])
    );
    assert_eq!(holding(&flags, "04", "unclear-account"), at(&[]));
    let shared = [0, 1, 2, 4, 5].map(|line| (line, "city".to_owned()));
    assert_eq!(holding(&flags, "04", "shared-months"), shared);
    for line in [0, 1, 2, 5] {
        let kinds = &said(&flags[&line], "city", "04").verdicts["same-kind"];
        assert_eq!(kinds, &json!({ "01": 1 }), "{line}");
    }
    let classes = |answer: &Answer| -> usize {
        let lamps = answer.lamps.iter().flat_map(|lamp| &lamp.classes);
        lamps.map(|class| class.records.len()).sum()
    };
    assert_eq!(flags.values().map(classes).sum::<usize>(), 0, "flags alone");

    let details = listed(&desk, &json!({ "case": case })).await;
    let expected = [
        ["answered", "answered", "nothing", "nothing"],
        ["answered", "answered", "nothing", "nothing"],
        ["answered", "answered", "no-hit", "answered"],
        ["nothing", "answered", "nothing", "nothing"],
        ["no-hit", "answered", "nothing", "nothing"],
        ["answered", "nothing", "nothing", "nothing"],
        ["nothing", "answered", "nothing", "nothing"],
    ];
    for (line, lamps_of_line) in expected.iter().enumerate() {
        assert_eq!(&lamps(&details[&line]), lamps_of_line, "line {line}");
    }
    let centers = BTreeSet::from(["C11000".to_owned(), "C11002".to_owned()]);
    assert_eq!(duplicates(&details), BTreeMap::from([(0, centers)]));
    assert_eq!(linked(&details), [(5, 6)]);
    ground.check().await;
}

/// Lines whose account here is sealed for long, live at another center, and on no way there.
fn reminders(details: &BTreeMap<usize, Answer>, today: Date) -> Vec<(usize, String)> {
    let mut reminded = Vec::new();
    for (line, answer) in details {
        let own = &said(answer, "guoguan", "04").records;
        let is_late = own.iter().any(|account| {
            let sealed = account.text("fcrq").expect("says since when");
            let form = &time::format_description::well_known::Iso8601::DATE;
            let sealed = Date::parse(&sealed, form).expect("is a day");
            account.text("grzhzt").as_deref() == Some("02")
                && (today - sealed).whole_days() > LATE_DAYS
        });
        let is_open = |lamp: &sandbox::client::Lamp| {
            let letters = lamp
                .class("07")
                .into_iter()
                .flat_map(|class| &class.records);
            let mut states = letters.map(|letter| letter.text("lxhzt"));
            states.any(|state| matches!(state.as_deref(), Some("01" | "02" | "06" | "08" | "13")))
        };
        if !is_late || answer.lamps.iter().any(is_open) {
            continue;
        }
        let elsewhere = answer.lamps.iter().filter(|lamp| lamp.node != "guoguan");
        for lamp in elsewhere {
            let accounts = lamp
                .class("04")
                .into_iter()
                .flat_map(|class| &class.records);
            let mut states = accounts.map(|account| account.text("grzhzt"));
            if states.any(|state| matches!(state.as_deref(), Some("01" | "06"))) {
                reminded.push((*line, lamp.node.clone()));
            }
        }
    }
    reminded
}

/// Four accounts are sealed at 国管: two of them late, one on its way, one with nowhere to go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watch_reminds_both_centers_unless_a_letter_is_under_way() {
    let ground = Ground::start("tasks-watch").await;
    let (desk, case) = open(&ground, WATCH_CASE, "F31").await;
    let flags = listed(&desk, &json!({ "case": case, "mode": "match" })).await;
    assert_eq!(flags.len(), WATCH_LINES.len());
    let live = at(&[(0, "city"), (1, "city"), (2, "city")]);
    assert_eq!(holding(&flags, "04", "live-account"), live);
    let letters = at(&[(2, "guoguan"), (3, "guoguan")]);
    assert_eq!(holding(&flags, "07", "open-letter"), letters);

    let details = listed(&desk, &json!({ "case": case })).await;
    let accounts = |line: usize, node: &str| {
        let class = said(&details[&line], node, "04");
        (class.outcome.clone(), class.held_back, class.records.len())
    };
    for line in 0..WATCH_LINES.len() {
        let own = accounts(line, "guoguan");
        assert_eq!(own, ("answered".to_owned(), false, 1), "line {line}");
    }
    // Sealed, moved out or drawn out there: held, and nobody's business here.
    for (line, node) in [(0, "zhongzhi"), (0, "tielu"), (2, "zhongzhi"), (3, "city")] {
        let other = accounts(line, node);
        assert_eq!(
            other,
            ("answered".to_owned(), true, 0),
            "line {line} {node}"
        );
    }
    let today = SystemClock.now().to_offset(BEIJING).date();
    assert_eq!(reminders(&details, today), at(&[(0, "city"), (1, "city")]));
    ground.check().await;
}
