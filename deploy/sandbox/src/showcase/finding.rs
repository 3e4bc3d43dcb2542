//! Planted facts that a question from a counter must find, and a center whose data are old.

use std::collections::BTreeMap;

use catalog::ItemNo;
use policies::{Flow, FlowBook};

use super::ShowError;
use super::hit::gives_details;
use super::show::{Show, everything, lamps_text};
use super::told::{Check, Line};
use crate::aside::Aside;
use crate::client::{Answer, Ask, RecordView};
use crate::star::until;
use crate::world::fault::age_file;
use crate::world::{Expected, ExpectedRow, Node, Sample, SampleCase};

/// How long an agent may take to notice a changed file.
pub(super) const NOTICE_WAIT: std::time::Duration = std::time::Duration::from_secs(20);

/// A planted sample, asked about from its own counter and compared with what was planted.
pub(super) async fn sample(show: &Show<'_>, id: &str) -> Line {
    let (sample, case) = match Show::planted(id) {
        Ok(planted) => planted,
        Err(error) => return Line::failed(id, "样例", "a sample", &error),
    };
    let line = Line::new(id, sample.title_zh, sample.title_en);
    line.filled(async |line| {
        let (desk, open) = show.open(case).await?;
        let applicant = open.parties.first().map(|party| party.id_masked.as_str());
        line.tell(format!(
            "{} 柜台 counter, case {}, flow {}, matter {}, applicant {}",
            case.node.name_zh(),
            case.case_no,
            case.flow,
            open.matter,
            applicant.unwrap_or_default()
        ));
        let flow = flow_of(show, case)?;
        let items = asked_items(&flow, sample);
        let ask = Ask {
            wants: Some(show.wants(&items)),
            ..everything(&open)
        };
        let answer = desk.ask(&ask).await?;
        show.tell_answer(line, &answer);
        compare(show, line, (sample, case, &flow), &items, &answer);
        receipts(show, line, &answer)?;
        Ok(())
    })
    .await
}

fn flow_of(show: &Show<'_>, case: &SampleCase) -> Result<Flow, ShowError> {
    let no_flow = || ShowError::NoSample(case.flow.to_owned());
    let flows = FlowBook::builtin(show.catalog).map_err(|_| no_flow())?;
    let flow = flows.flow(&case.flow.parse().map_err(|_| no_flow())?);
    flow.cloned().ok_or_else(no_flow)
}

/// Everything that the flow lists in the classes that the sample is about.
fn asked_items(flow: &Flow, sample: &Sample) -> Vec<ItemNo> {
    let is_about = |item: &ItemNo| sample.expects.iter().any(|e| e.class == item.class().get());
    let items = flow.items.values().flatten().copied();
    items.filter(is_about).collect()
}

fn compare(
    show: &Show<'_>,
    line: &mut Line,
    (sample, case, flow): (&Sample, &SampleCase, &Flow),
    items: &[ItemNo],
    answer: &Answer,
) {
    let is_asked = |class: u8| items.iter().any(|item| item.class().get() == class);
    let applicant = case.parties.first();
    let expects: Vec<_> = sample
        .expects
        .iter()
        .filter(|e| is_asked(e.class) && applicant == Some(&e.subject))
        .collect();
    let today = show.star.home().today();
    let gives_details = |node| gives_details(flow, (node, case.node), &expects, today);
    let mut lamps = BTreeMap::new();
    for node in Node::ALL {
        let has_record = expects.iter().any(|e| e.node == node && e.records > 0);
        let lamp = match (has_record, gives_details(node)) {
            (false, _) => "nothing",
            (true, false) => "no-hit",
            (true, true) => "answered",
        };
        lamps.insert(node.id(), lamp);
    }
    let expected: Vec<_> = lamps
        .iter()
        .map(|(node, lamp)| format!("{node} {lamp}"))
        .collect();
    line.check(Check::same(
        "lamps",
        expected.join(", "),
        lamps_text(answer),
    ));
    for expected in &expects {
        // What is held and not given cannot be compared.
        if gives_details(expected.node) {
            compare_class(show, line, expected, items, answer);
        }
    }
}

fn compare_class(
    show: &Show<'_>,
    line: &mut Line,
    expected: &Expected,
    items: &[ItemNo],
    answer: &Answer,
) {
    let class = format!("{:02}", expected.class);
    let records = answer
        .lamp(expected.node.id())
        .and_then(|lamp| lamp.class(&class))
        .map(|class| class.records.as_slice());
    let what = format!("{} class {class}", expected.node.id());
    let count = records.map_or("no answer".to_owned(), |records| records.len().to_string());
    line.check(Check::same(
        &format!("{what}: records"),
        expected.records,
        count,
    ));
    for row in expected.rows {
        if let Some(wanted) = row_text(show, row, items) {
            let is_there = records
                .unwrap_or_default()
                .iter()
                .any(|r| carries(show, r, row, items));
            let seen = if is_there {
                wanted.clone()
            } else {
                "no such record".to_owned()
            };
            line.check(Check::same(&what, wanted, seen));
        }
    }
}

/// What of a planted row was asked for; none when nothing was.
fn row_text(show: &Show<'_>, row: ExpectedRow, items: &[ItemNo]) -> Option<String> {
    let said: Vec<_> = asked_values(show, row, items)
        .map(|(code, value)| format!("{code}={}", value.unwrap_or_else(|| "absent".to_owned())))
        .collect();
    if said.is_empty() {
        None
    } else {
        Some(said.join(" "))
    }
}

fn carries(show: &Show<'_>, record: &RecordView, row: ExpectedRow, items: &[ItemNo]) -> bool {
    asked_values(show, row, items).all(|(code, value)| record.text(&code) == value)
}

fn asked_values<'s>(
    show: &'s Show<'_>,
    row: ExpectedRow,
    items: &'s [ItemNo],
) -> impl Iterator<Item = (String, Option<String>)> + 's {
    let today = show.star.home().today();
    row.iter().filter_map(move |(no, wanted)| {
        let no: ItemNo = no.parse().ok()?;
        let item = show.catalog.item(no).filter(|_| items.contains(&no))?;
        Some((item.code.clone(), wanted.text(today)))
    })
}

/// Each receipt of the answer stands in its log.
fn receipts(show: &Show<'_>, line: &mut Line, answer: &Answer) -> Result<(), ShowError> {
    let home = show.star.home();
    let verified = crate::evidence::honours(&home.hub_log(), &answer.hub_receipts())?;
    line.check(Check::that(
        "receipts honoured by the hub's log",
        "2 of 2, log verified",
        format!("2 of 2, {} entries verified", verified.entries),
        true,
    ));
    Ok(())
}

/// S13: the railway's file of today is missing, so it answers from yesterday's and says so.
pub(super) async fn stale(show: &Show<'_>) -> Line {
    let line = Line::new(
        "S13",
        "铁路当日文件未到：以昨日数据作答并标明陈旧",
        "today's railway file is missing: answered from yesterday's and marked stale",
    );
    line.filled(async |line| {
        let home = show.star.home();
        let aside = Aside::take(&home.node(Node::Tielu).join("data/drop"))?;
        let removed = age_file(&home.node(Node::Tielu), home.today())?;
        line.tell(format!(
            "{removed} files of today removed from the railway's drop folder"
        ));
        let answer = railway_turns(show, "S13", "stale").await?;
        show.tell_answer(line, &answer);
        let lamp = answer.lamp(Node::Tielu.id());
        line.check(Check::same(
            "tielu lamp",
            "stale",
            lamp.map_or("none", |l| l.lamp.as_str()),
        ));
        let class = lamp.and_then(|lamp| lamp.class("04"));
        let records = class.map_or(0, |class| class.records.len());
        line.check(Check::same(
            "tielu still gives yesterday's record",
            1,
            records,
        ));
        let as_of = lamp.and_then(|lamp| lamp.as_of.clone()).unwrap_or_default();
        let yesterday = home
            .today()
            .previous_day()
            .map(|day| day.to_string())
            .unwrap_or_default();
        let is_old = as_of.starts_with(&yesterday);
        line.check(Check::that("as of", yesterday, as_of, is_old));
        aside.put_back()?;
        let answer = railway_turns(show, "S13", "answered").await?;
        line.check(Check::same(
            "once the file is there again",
            "answered",
            answer
                .lamp(Node::Tielu.id())
                .map_or("none", |l| l.lamp.as_str()),
        ));
        Ok(())
    })
    .await
}

/// Asks about a sample until the railway's lamp is the one waited for; gives the last answer in any
/// case.
pub(super) async fn railway_turns(
    show: &Show<'_>,
    id: &str,
    lamp: &str,
) -> Result<Answer, ShowError> {
    let (_, case) = Show::planted(id)?;
    let (desk, open) = show.open(case).await?;
    let mut last = None;
    let turned = until(NOTICE_WAIT, async || {
        // The agent looks at the folder every so often; asking faster would only use the case up.
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        match desk.ask(&everything(&open)).await {
            Ok(answer) => {
                let is_turned = answer.lamp("tielu").is_some_and(|seen| seen.lamp == lamp);
                last = Some(answer);
                is_turned.then_some(Ok(()))
            }
            Err(error) => Some(Err(error)),
        }
    });
    if let Some(Err(error)) = turned.await {
        return Err(error.into());
    }
    last.ok_or(ShowError::Late("no answer about the railway"))
}
