//! Bad local data: withheld with the reason, never guessed.

use super::ShowError;
use super::finding::{NOTICE_WAIT, railway_turns};
use super::show::{Show, everything};
use super::told::{Check, Line};
use crate::aside::Aside;
use crate::client::{Answer, Note};
use crate::metrics::sum;
use crate::star::until;
use crate::world::Node;
use crate::world::fault::{unknown_code_in_file, wrong_trailer_count};

/// The railway's newest account file counts its lines wrongly: it is refused whole, yesterday's
/// stays in use.
pub(super) async fn wrong_trailer(show: &Show<'_>) -> Line {
    let line = Line::new(
        "bad file",
        "铁路当日账户文件的尾记录条数不符：整份文件拒收，改用昨日文件并注明",
        "the railway's account file of today counts its lines wrongly: the file is refused whole",
    );
    line.filled(async |line| {
        let home = show.star.home();
        let aside = Aside::take(&home.node(Node::Tielu).join("data/drop"))?;
        wrong_trailer_count(&home.node(Node::Tielu))?;
        let answer = railway_turns(show, "S2", "stale").await?;
        show.tell_answer(line, &answer);
        let lamp = answer
            .lamp(Node::Tielu.id())
            .map_or("none", |lamp| lamp.lamp.as_str());
        line.check(Check::same("tielu lamp", "stale", lamp));
        let notes = notes_of(&answer);
        let is_noted = notes.iter().any(|note| note.item.is_none());
        line.check(Check::that(
            "quality note about the file",
            "a note about no single item",
            said(&notes),
            is_noted,
        ));
        let text = show.star.agent_metrics(Node::Tielu).await?;
        let refused = sum(&text, "agent_files_refused", &[("class", "04")]);
        line.check(Check::same("agent_files_refused{class=\"04\"}", 1, refused));
        aside.put_back()?;
        let answer = railway_turns(show, "S2", "answered").await?;
        let lamp = answer
            .lamp(Node::Tielu.id())
            .map_or("none", |lamp| lamp.lamp.as_str());
        line.check(Check::same("once the file is mended", "answered", lamp));
        Ok(())
    })
    .await
}

/// A status that nobody knows stands in the railway's file: it is withheld, the rest of the record
/// is given.
pub(super) async fn unknown_code(show: &Show<'_>) -> Line {
    let line = Line::new(
        "bad code",
        "铁路文件中出现不认识的账户状态码：该项不予提供并注明原因",
        "a status code that nobody knows stands in the railway's file: that value is withheld",
    );
    line.filled(async |line| {
        let home = show.star.home();
        let before = withheld(show).await?;
        let aside = Aside::take(&home.node(Node::Tielu).join("data/drop"))?;
        let (_, case) = Show::planted("S2")?;
        let number = case.parties.first().map_or("", |party| party.number);
        unknown_code_in_file(&home.node(Node::Tielu), number)?;
        let answer = noted(show, "unknown-code").await?;
        show.tell_answer(line, &answer);
        let notes = notes_of(&answer);
        let is_noted = notes
            .iter()
            .any(|note| note.item.as_deref() == Some("04-08") && note.defect == "unknown-code");
        line.check(Check::that(
            "quality note",
            "04-08 unknown-code",
            said(&notes),
            is_noted,
        ));
        let class = answer
            .lamp(Node::Tielu.id())
            .and_then(|lamp| lamp.class("04"));
        let status = class.and_then(|class| class.records.first()?.text("grzhzt"));
        line.check(Check::same(
            "the status itself",
            "withheld",
            status.unwrap_or_else(|| "withheld".to_owned()),
        ));
        let after = withheld(show).await?;
        line.check(Check::that(
            "agent_values_withheld_total{class=\"04\",defect=\"unknown-code\"}",
            format!("more than {before}"),
            after,
            after > before,
        ));
        aside.put_back()?;
        railway_turns(show, "S2", "answered").await?;
        Ok(())
    })
    .await
}

/// Asks about S2 until the railway's answer carries a note of this defect.
async fn noted(show: &Show<'_>, defect: &str) -> Result<Answer, ShowError> {
    let (_, case) = Show::planted("S2")?;
    let (desk, open) = show.open(case).await?;
    let found = until(NOTICE_WAIT, async || {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        match desk.ask(&everything(&open)).await {
            Ok(answer) => {
                let is_noted = notes_of(&answer).iter().any(|note| note.defect == defect);
                is_noted.then_some(Ok(answer))
            }
            Err(error) => Some(Err(error)),
        }
    });
    Ok(found
        .await
        .ok_or(ShowError::Late("no quality note in the railway's answer"))??)
}

fn notes_of(answer: &Answer) -> Vec<Note> {
    let lamp = answer.lamp(Node::Tielu.id());
    lamp.and_then(|lamp| lamp.class("04"))
        .map(|class| class.notes.clone())
        .unwrap_or_default()
}

fn said(notes: &[Note]) -> String {
    let said: Vec<_> = notes
        .iter()
        .map(|note| {
            let item = note.item.as_deref().unwrap_or("file");
            format!("{item} {} ×{}", note.defect, note.count)
        })
        .collect();
    if said.is_empty() {
        "none".to_owned()
    } else {
        said.join(", ")
    }
}

async fn withheld(show: &Show<'_>) -> Result<u64, ShowError> {
    let text = show.star.agent_metrics(Node::Tielu).await?;
    let labels = [("class", "04"), ("defect", "unknown-code")];
    Ok(sum(&text, "agent_values_withheld_total", &labels))
}
