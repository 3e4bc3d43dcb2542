//! What is asked for in the rooms beside Audit. Staff use and the alerts are read from counts over
//! the whole log, which are made before anything is measured.

use super::{Page, middle, page};

pub(crate) const ROOMS: &[Page] = &[
    page("Overview", "the star", |_| "/".into(), "guoguan", 200),
    page("Nodes", "all", |_| "/nodes".into(), "guoguan", 300),
    page("Nodes", "one", |_| "/nodes/city".into(), "city", 300),
    page(
        "Subject",
        "a ledger's newest page",
        |n| of_person(n, ""),
        ROW_OF_LEDGER,
        300,
    ),
    page(
        "Subject",
        "a ledger's older page",
        |n| format!("{}?before={}", of_person(n, ""), n / 2 + 1_000),
        ROW_OF_LEDGER,
        300,
    ),
    page(
        "Subject",
        "a ledger with proofs, to print",
        |n| format!("{}?before={}", of_person(n, "/print"), n / 2 + 1_000),
        "/log/proof/",
        300,
    ),
    page(
        "Subject",
        "somebody nobody asked about",
        |_| format!("/subject/{}", "ab".repeat(32)),
        "<h1",
        300,
    ),
    page(
        "Staff use",
        "everybody, a month",
        |_| "/use".into(),
        PERSON,
        300,
    ),
    page(
        "Staff use",
        "everybody, all days",
        |n| format!("/use?from={}&to={}", first_day(n), last_day(n)),
        PERSON,
        300,
    ),
    page(
        "Staff use",
        "one person",
        |n| {
            let question = middle(n);
            format!("/use/{}/{}", question.center(), question.operator())
        },
        "<h1",
        300,
    ),
    page("Alerts", "the list", |_| "/alerts".into(), "<h1", 300),
    page(
        "Alerts",
        "the rules",
        |_| "/alerts/rules".into(),
        "<h1",
        300,
    ),
    page(
        "Acts",
        "what stands and history",
        |_| "/acts".into(),
        "duty-1",
        300,
    ),
    page(
        "Acts",
        "history in the middle",
        |n| format!("/acts?before={}", n / 2),
        "duty-1",
        300,
    ),
    page("Limits", "in force", |_| "/limits".into(), "<h1", 300),
    page("Catalog", "all", |_| "/catalog".into(), "04", 300),
    page(
        "Catalog",
        "a search",
        |_| "/catalog?q=grzhzt".into(),
        "04-08",
        300,
    ),
    page("Policies", "all", |_| "/policies".into(), "F05", 300),
    page(
        "Policies",
        "changes",
        |_| "/policies/changes".into(),
        "<h1",
        300,
    ),
];

/// The number of an entry in a row of the ledger.
const ROW_OF_LEDGER: &str = "<tr id=\"e";
/// The way to a person's own page.
const PERSON: &str = "href=\"/use/";

/// As far back as the counts of days go.
const DAYS: i64 = 399;

fn of_person(entries: u64, form: &str) -> String {
    format!("/subject/{}{form}", middle(entries).subject())
}

fn last_day(entries: u64) -> String {
    crate::made::Question::near(entries).day()
}

fn first_day(entries: u64) -> String {
    let last = crate::made::Question::near(entries).at().date();
    let first = last - time::Duration::days(DAYS);
    first.to_string()
}
