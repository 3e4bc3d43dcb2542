//! A supposed question: what was filled in, and for the rest what the flow wants, so that one
//! departure from a perfect question can be tried at a time. Nothing of it can become a permit.

use std::collections::BTreeSet;

use ::catalog::{Catalog, ItemNo};
use dashboards::Name;
use dashboards::policies::Supposed;
use policies::{
    BEIJING, BasisKind, BasisPart, Flow, FlowId, MatterNo, Mode, PartyRole, RecordedAsk,
    RecordedSignature, RuleSet, Targets,
};
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

/// How long a supposed statement lives: shorter than any flow's cases do.
const LIFE: Duration = Duration::MINUTE;

/// The whole question, or why there is none.
pub(super) fn ask(
    supposed: &Supposed,
    rules: &RuleSet,
    catalog: &Catalog,
    now: OffsetDateTime,
) -> Result<RecordedAsk, Name> {
    let id: FlowId = supposed.flow.parse().map_err(|_| no_flow())?;
    let flow = rules.flows().flow(&id).ok_or_else(no_flow)?;
    let at = moment(&supposed.at, now)?;
    let mode = mode(&supposed.mode, flow)?;
    let roles: BTreeSet<PartyRole> = flow.roles.first().copied().into_iter().collect();
    let is_dated = flow.basis_carries.contains(&BasisPart::Date);
    let signed = RecordedSignature {
        issued_at: at,
        expires_at: at + LIFE,
        officer: flow.officer,
    };
    // A legal document needs a second signature whatever its flow says.
    let is_approved = flow.second_approver || flow.basis == BasisKind::C;
    let named = (flow.targets == Targets::Named).then(|| supposed.node.clone());
    Ok(RecordedAsk {
        query: "supposed".to_owned(),
        at,
        node: supposed.node.clone(),
        flow: id,
        matter: flow.matters.first().copied().unwrap_or(MatterNo::NONE),
        mode,
        items: items(&supposed.items, (flow, mode, &roles), catalog)?,
        gives: Vec::new(),
        verdicts: Vec::new(),
        named: named.into_iter().collect(),
        basis: flow.basis,
        carries: flow.basis_carries.clone(),
        roles,
        opened_on: at.date(),
        document_on: is_dated.then(|| at.date()),
        use_no: 1,
        approved: is_approved.then(|| signed.clone()),
        signed,
        suspended: BTreeSet::new(),
        refused: None,
    })
}

fn no_flow() -> Name {
    Name {
        zh: "规则中没有这个流程。".to_owned(),
        en: "The rules have no such flow.".to_owned(),
    }
}

fn moment(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, Name> {
    if text.is_empty() {
        return Ok(now.to_offset(BEIJING));
    }
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let local = PrimitiveDateTime::parse(text, form);
    let local = local.map_err(|_| Name {
        zh: "时间应写作 2026-11-23T10:00。".to_owned(),
        en: "A time is written as 2026-11-23T10:00.".to_owned(),
    })?;
    Ok(local.assume_offset(BEIJING))
}

fn mode(text: &str, flow: &Flow) -> Result<Mode, Name> {
    if text.is_empty() {
        return Ok(flow.mode);
    }
    text.parse().map_err(|_| Name {
        zh: "方式是 match 或 details。".to_owned(),
        en: "A mode is match or details.".to_owned(),
    })
}

/// Items by number or name; all that the flow may show where none are named.
fn items(
    text: &str,
    (flow, mode, roles): (&Flow, Mode, &BTreeSet<PartyRole>),
    catalog: &Catalog,
) -> Result<Vec<String>, Name> {
    let words = text.split([',', ' ', '，', '、', ';']);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        let all = flow.items.values().flatten();
        let asked = all.filter(|item| mode == Mode::Match || flow.shows(**item, roles));
        return Ok(asked.map(ToString::to_string).collect());
    }
    let number = |word: &&str| {
        let by_number = word.parse::<ItemNo>().ok().and_then(|no| catalog.item(no));
        let item = by_number.or_else(|| catalog.item_named(word));
        let item = item.ok_or_else(|| Name {
            zh: format!("目录中没有信息项“{word}”。"),
            en: format!("The catalog has no item `{word}`."),
        })?;
        Ok(item.no.to_string())
    };
    words.iter().map(number).collect()
}
