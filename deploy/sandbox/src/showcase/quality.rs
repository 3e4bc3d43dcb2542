//! Bad local data: withheld with the reason, never guessed.

use super::ShowError;
use super::finding::railway_turns;
use super::show::Show;
use super::told::{Check, Line};
use crate::aside::Aside;
use crate::client::{Answer, Note};
use crate::metrics::sum;
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

/// A status that nobody knows stands in the railway's file: it is withheld. Since the flow gives
/// details only of accounts that concern it, the railway's answer is not known, and never no hit.
pub(super) async fn unknown_code(show: &Show<'_>) -> Line {
    let line = Line::new(
        "bad code",
        "铁路文件中出现不认识的账户状态码：该项不予采用，无法判断是否命中，结果未知",
        "a status code that nobody knows stands in the railway's file: the result is not known",
    );
    line.filled(async |line| {
        let home = show.star.home();
        let before = withheld(show).await?;
        let aside = Aside::take(&home.node(Node::Tielu).join("data/drop"))?;
        let (_, case) = Show::planted("S2")?;
        let number = case.parties.first().map_or("", |party| party.number);
        unknown_code_in_file(&home.node(Node::Tielu), number)?;
        let answer = railway_turns(show, "S2", "not-known").await?;
        show.tell_answer(line, &answer);
        let lamp = answer.lamp(Node::Tielu.id());
        let class = lamp.and_then(|lamp| lamp.class("04"));
        let code = class.and_then(|class| class.code.as_deref());
        line.check(Check::same(
            "tielu class 04",
            "TS-HIT-UNKNOWN",
            code.unwrap_or("no reason"),
        ));
        let records = lamp.map_or(0, |lamp| {
            let classes = lamp.classes.iter();
            classes.map(|class| class.records.len()).sum()
        });
        line.check(Check::same("records of tielu", 0, records));
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
