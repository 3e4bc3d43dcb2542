//! The facts of a supposed ask: what is given on the command line, and for the rest what the flow
//! wants, so that one departure from a perfect ask can be tried at a time.
//!
//! Refuses words that are none of the lists, and facts that no signed case could carry.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::{Context as _, bail};
use catalog::Catalog;
use clap::{ArgAction, Args};
use policies::{
    BEIJING, BadTerm, BasisKind, BasisPart, Flow, FlowId, MatterNo, Mode, PartyRole, RecordedAsk,
    RecordedSignature, RuleSet, Suspended, Targets,
};
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime};

/// How long a supposed statement lives: shorter than any flow's cases do.
const LIFE: Duration = Duration::MINUTE;
/// The word for no role, or for nothing carried.
const NONE: &str = "none";

/// What is not given is taken as the flow wants it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Facts")]
pub(super) struct Facts {
    /// The node that asks.
    #[arg(long, required_unless_present = "from")]
    node: Option<String>,
    /// The flow, such as F05.
    #[arg(long, required_unless_present = "from")]
    flow: Option<String>,
    /// The matter of case and question, 01 to 52, or 00.
    #[arg(long)]
    matter: Option<String>,
    /// `match` or `details`.
    #[arg(long)]
    mode: Option<String>,
    /// Items, such as 04.grzhzt or 04-03.
    #[arg(long, value_delimiter = ',')]
    items: Vec<String>,
    /// Items whose values are passed on to a source; none if not given.
    #[arg(long, value_delimiter = ',')]
    gives: Vec<String>,
    /// Verdicts; none if not given.
    #[arg(long, value_delimiter = ',')]
    verdicts: Vec<String>,
    /// Centers that the question is for; where the flow asks named ones, the asking node if none is
    /// given, `none` for none.
    #[arg(long, value_delimiter = ',')]
    named: Vec<String>,
    /// Roles in which the subject is a party of the case; `none` for no party.
    #[arg(long, value_delimiter = ',')]
    role: Vec<String>,
    /// Kind of the basis, A to D.
    #[arg(long)]
    basis: Option<String>,
    /// What the basis carries, such as number,consent; `none` for nothing.
    #[arg(long, value_delimiter = ',')]
    carries: Vec<String>,
    /// Which question of the case it is.
    #[arg(long)]
    use_no: Option<u32>,
    /// Whether a second operator has signed.
    #[arg(long, action = ArgAction::Set)]
    approved: Option<bool>,
    /// Whether those who signed are designated officers.
    #[arg(long, action = ArgAction::Set)]
    officer: Option<bool>,
    /// What is suspended: `node`, `flow`, `operator`, `case`; nothing if not given.
    #[arg(long, value_delimiter = ',')]
    suspended: Vec<String>,
    /// When the case was opened; the day of the question if not given.
    #[arg(long, value_parser = super::day)]
    opened_on: Option<Date>,
    /// The day of the document; that of the question if not given.
    #[arg(long, value_parser = super::day)]
    document_on: Option<Date>,
    /// When the statement was signed; the time of the question if not given.
    #[arg(long, value_parser = moment)]
    issued: Option<OffsetDateTime>,
    /// When it expires; a minute later if not given.
    #[arg(long, value_parser = moment)]
    expires: Option<OffsetDateTime>,
    /// When it is asked: 2026-11-23T10:00 in Beijing, or RFC 3339; now if not given.
    #[arg(long, value_parser = moment)]
    at: Option<OffsetDateTime>,
}

/// RFC 3339, or a Beijing time to the minute.
fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let beijing = || {
        let form = format_description!("[year]-[month]-[day]T[hour]:[minute]");
        let local = PrimitiveDateTime::parse(text, form).ok()?;
        Some(local.assume_offset(BEIJING))
    };
    let rfc = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok();
    let read = rfc.or_else(beijing);
    read.ok_or_else(|| "a time is written as 2026-11-23T10:00 or as RFC 3339 has it".to_owned())
}

impl Facts {
    /// The whole ask.
    pub(super) fn ask(
        &self,
        rules: &RuleSet,
        catalog: &Catalog,
        now: OffsetDateTime,
    ) -> anyhow::Result<RecordedAsk> {
        let id: FlowId = word(self.flow.as_deref().unwrap_or_default())?;
        let flow = rules.flows().flow(&id);
        let at = self.at.unwrap_or(now).to_offset(BEIJING);
        let basis = self.basis.as_deref().map(word).transpose()?;
        let carries = self.carries(flow)?;
        let is_dated = carries.contains(&BasisPart::Date);
        let document_on = self.document_on.or_else(|| is_dated.then(|| at.date()));
        let signed = self.signature(flow, at);
        Ok(RecordedAsk {
            query: "supposed".to_owned(),
            at,
            node: self.node.clone().unwrap_or_default(),
            flow: id,
            matter: self.matter(flow)?,
            mode: self.mode(flow)?,
            items: self.items(flow, catalog)?,
            gives: numbers(&self.gives, catalog)?,
            verdicts: self.verdicts.clone(),
            named: self.named(flow),
            basis: basis.unwrap_or_else(|| flow.map_or(BasisKind::A, |flow| flow.basis)),
            carries,
            roles: self.roles(flow)?,
            opened_on: self.opened_on.unwrap_or_else(|| at.date()),
            document_on,
            use_no: self.use_no.unwrap_or(1),
            approved: self.is_approved(flow).then(|| signed.clone()),
            signed,
            suspended: self.suspended()?,
            refused: None,
        })
    }

    fn named(&self, flow: Option<&Flow>) -> BTreeSet<String> {
        let asks_named = flow.is_some_and(|flow| flow.targets == Targets::Named);
        match self.named.as_slice() {
            [] if asks_named => self.node.iter().cloned().collect(),
            [none] if none == NONE => BTreeSet::new(),
            some => some.iter().cloned().collect(),
        }
    }

    fn matter(&self, flow: Option<&Flow>) -> anyhow::Result<MatterNo> {
        match &self.matter {
            Some(text) => word(text),
            None => {
                let first = flow.and_then(|flow| flow.matters.first());
                Ok(first.copied().unwrap_or(MatterNo::NONE))
            }
        }
    }

    fn mode(&self, flow: Option<&Flow>) -> anyhow::Result<Mode> {
        match &self.mode {
            Some(text) => word(text),
            None => Ok(flow.map_or(Mode::Match, |flow| flow.mode)),
        }
    }

    fn items(&self, flow: Option<&Flow>, catalog: &Catalog) -> anyhow::Result<Vec<String>> {
        if !self.items.is_empty() {
            return numbers(&self.items, catalog);
        }
        let (mode, roles) = (self.mode(flow)?, self.roles(flow)?);
        let flow = flow.context("the rules have no such flow to take the items from: give some")?;
        let all = flow.items.values().flatten();
        let asked = all.filter(|item| mode == Mode::Match || flow.shows(**item, &roles));
        Ok(asked.map(ToString::to_string).collect())
    }

    fn roles(&self, flow: Option<&Flow>) -> anyhow::Result<BTreeSet<PartyRole>> {
        if self.role.is_empty() {
            let first = flow.and_then(|flow| flow.roles.first());
            return Ok(first.copied().into_iter().collect());
        }
        words(&self.role)
    }

    fn carries(&self, flow: Option<&Flow>) -> anyhow::Result<BTreeSet<BasisPart>> {
        if self.carries.is_empty() {
            return Ok(flow.map_or_else(BTreeSet::new, |flow| flow.basis_carries.clone()));
        }
        words(&self.carries)
    }

    /// A legal document needs a second signature whatever its flow says.
    fn is_approved(&self, flow: Option<&Flow>) -> bool {
        let is_needed = |flow: &Flow| flow.second_approver || flow.basis == BasisKind::C;
        self.approved.unwrap_or_else(|| flow.is_some_and(is_needed))
    }

    fn signature(&self, flow: Option<&Flow>, at: OffsetDateTime) -> RecordedSignature {
        let issued_at = self.issued.unwrap_or(at);
        RecordedSignature {
            issued_at,
            expires_at: self.expires.unwrap_or(issued_at + LIFE),
            officer: self
                .officer
                .unwrap_or_else(|| flow.is_some_and(|flow| flow.officer)),
        }
    }

    fn suspended(&self) -> anyhow::Result<BTreeSet<Suspended>> {
        let read = self.suspended.iter().map(|text| match text.as_str() {
            "node" => Ok(Suspended::Node),
            "flow" => Ok(Suspended::Flow),
            "operator" => Ok(Suspended::Operator),
            "case" => Ok(Suspended::Case),
            other => bail!("`{other}`: suspended is `node`, `flow`, `operator` or `case`"),
        });
        read.collect()
    }
}

fn word<T: FromStr<Err = BadTerm>>(text: &str) -> anyhow::Result<T> {
    text.parse().with_context(|| format!("`{text}`"))
}

fn words<T: FromStr<Err = BadTerm> + Ord>(texts: &[String]) -> anyhow::Result<BTreeSet<T>> {
    match texts {
        [none] if none == NONE => Ok(BTreeSet::new()),
        some => some.iter().map(|text| word(text)).collect(),
    }
}

/// Items by name or number, as numbers.
pub(super) fn numbers(items: &[String], catalog: &Catalog) -> anyhow::Result<Vec<String>> {
    let number = |text: &String| {
        let by_number = text.parse().ok().and_then(|no| catalog.item(no));
        let item = by_number.or_else(|| catalog.item_named(text));
        let item = item.with_context(|| format!("the catalogue has no item `{text}`"))?;
        Ok(item.no.to_string())
    };
    items.iter().map(number).collect()
}
