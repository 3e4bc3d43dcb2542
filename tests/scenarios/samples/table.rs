//! The table of the samples in the documentation, written by the run itself.

use std::path::PathBuf;

use sandbox::counter::Verdict;
use sandbox::world::samples;

use super::record::{Recorder, Row};

const HEAD: &str = "# The seventeen sample cases

Written by the scenario `samples` from what a running star answered; do not edit, but run
`UPDATE_GOLDEN=1 cargo test -p tests --test scenarios samples`. Each line is one decision of the
asking center's own business system (`sandbox::counter`), made from the answers alone. *Found*
counts records as class×number, or names the verdicts of a match that said yes; the asking center's
own are among them, and questions about several parties are parted by a stroke. *No hit*: records
are held there, but none that the flow is about, and none was given.
";

/// The table is what this run came to; `UPDATE_GOLDEN=1` writes it anew.
pub(super) fn is_current(recorder: &Recorder) {
    let text = page(&recorder.rows);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/samples.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).expect("is written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        kept, text,
        "docs/samples.md is old: run this test with UPDATE_GOLDEN=1"
    );
}

/// The rows in the order of the samples; each sample has at least one.
fn page(rows: &[Row]) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n| sample | flow | asked at | found | decision | rule |\n");
    text.push_str("|---|---|---|---|---|---|\n");
    for sample in samples() {
        let of_sample: Vec<_> = rows.iter().filter(|row| row.sample == sample.id).collect();
        assert!(!of_sample.is_empty(), "{} was not decided", sample.id);
        text.extend(of_sample.into_iter().map(line));
    }
    text.push_str("\n## What the samples are\n\n");
    for sample in samples() {
        text.push_str(&format!(
            "- **{}** {}: {}\n",
            sample.id, sample.title_zh, sample.title_en
        ));
    }
    text
}

fn line(row: &Row) -> String {
    let rule = row.verdict.rule().map_or("–", |rule| rule.id());
    let decision = match &row.verdict {
        Verdict::Go => "go".to_owned(),
        Verdict::Stop(reason) => at("stop", reason.center.as_deref()),
        Verdict::Alert(reason) => at("go, with an alert", reason.center.as_deref()),
        Verdict::Manual(reason) => at("a person decides", reason.center.as_deref()),
        Verdict::Park(missing) => {
            let missing: Vec<_> = missing.iter().map(String::as_str).collect();
            format!("parked until {} is heard", missing.join(", "))
        }
    };
    let remark = if row.remark.is_empty() {
        String::new()
    } else {
        format!(" ({})", row.remark)
    };
    format!(
        "| {}{remark} | {} | {} | {} | {decision} | {rule} |\n",
        row.sample,
        row.flow,
        row.center.id(),
        row.found
    )
}

fn at(word: &str, center: Option<&str>) -> String {
    center.map_or_else(|| word.to_owned(), |center| format!("{word}: {center}"))
}
