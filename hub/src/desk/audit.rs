//! What the room Audit is told. The index proposes which entries fit, the journal says what stands
//! in them, and an entry that does not fit after all is a fault and not a row.

mod entry;
mod file;
mod proof;
mod row;
mod search;
mod span;
mod terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use audit::note::NoteKey;
use audit::{Index, Journal, PublishedLog, Publisher};
use dashboards::audit::{
    AuditDesk, Choices, Cover, EntryShown, File, FileForm, Older, Proven, Searched, Sought,
};
use dashboards::{Room, Turned, Viewer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::offset;
use wire::{Heading, RefusalCode};

use super::{Desk, looked, staff_of, turned};
use crate::ledger::entry::{ActRefused, Entry, Exported, Looked};
use crate::staff::Deed;
use crate::witnesses::Witnesses;
pub(super) use file::Made;
use search::Search;
use terms::Terms;

/// The log as it is published, and whose signatures under it are its own.
#[derive(Debug)]
pub struct Record {
    published: PublishedLog,
    key: NoteKey,
}

impl Record {
    /// The log as it is published.
    pub(crate) const fn published(&self) -> &PublishedLog {
        &self.published
    }

    /// What a publisher publishes.
    #[must_use]
    pub fn of(publisher: &Publisher) -> Self {
        Self {
            published: publisher.published(),
            key: publisher.key().clone(),
        }
    }
}

/// What a reading needs, owned, so that it can go on beside the tasks.
#[derive(Debug, Clone)]
struct Shelf {
    journal: Journal,
    index: Arc<Index>,
    published: PublishedLog,
    key: NoteKey,
    witnesses: Arc<Witnesses>,
    /// When it was asked.
    now: OffsetDateTime,
    /// Entries of the log then: before the look that this reading is on record as.
    size: u64,
    /// Entries behind the index that are read one by one.
    tail_max: u64,
}

impl Shelf {
    /// The newest checkpoint and who cosigned it.
    fn cover(&self) -> Option<Cover> {
        let checkpoint = self.published.checkpoint()?;
        let shown = self.witnesses.state_of();
        let policy = self.witnesses.policy();
        let cosigned = policy.map(|policy| policy.cosigned(&checkpoint));
        let cosigned = cosigned.unwrap_or_default().into_iter();
        Some(Cover {
            size: checkpoint.checkpoint.size,
            root: checkpoint.checkpoint.root.to_base64(),
            witnesses: cosigned
                .map(|cosigned| (cosigned.name, moment(cosigned.at)))
                .collect(),
            known: shown.known,
            quorum: policy
                .is_some_and(|policy| policy.judge(&checkpoint) == Ok(audit::witness::Quorum::Met)),
        })
    }
}

/// A moment given in seconds since 1970, as entries write moments.
fn moment(unix_seconds: u64) -> String {
    let seconds = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let moment = moment.and_then(|moment| moment.checked_to_offset(offset!(+8)));
    moment
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}

impl Terms {
    /// The look at what they find, as it goes on record.
    fn look(&self, viewer: &Viewer) -> Looked {
        Looked {
            terms: self.named.clone(),
            subject: self.subject.clone(),
            case_no: self.case_no.clone(),
            ..looked(viewer, Room::Audit)
        }
    }
}

impl Desk {
    fn shelf(&self) -> Shelf {
        let journal = self.broker.ledger.journal().clone();
        Shelf {
            size: journal.size(),
            journal,
            index: Arc::clone(&self.index),
            published: self.record.published.clone(),
            key: self.record.key.clone(),
            witnesses: Arc::clone(&self.broker.witnesses),
            now: self.broker.clock.now(),
            tail_max: search::TAIL_ENTRIES_MAX,
        }
    }

    /// Whoever has not the role gets no file, and that is on record.
    pub(super) async fn may_export(&self, viewer: &Viewer) -> Result<String, Turned> {
        let staff = staff_of(viewer);
        let code = match staff.may(Deed::Export) {
            Ok(role) => return Ok(role.to_string()),
            Err(code) => code,
        };
        let refused = ActRefused {
            code: code.to_string(),
            act: "export".to_owned(),
            roles: staff.roles(),
            staff: staff.name,
            serial: staff.serial,
            ..ActRefused::default()
        };
        let noted = self.broker.ledger.refuse_act(code, refused).await;
        let code = noted.map_or(RefusalCode::AuditUnavailable, |()| code);
        Err(turned(code).to(viewer))
    }

    /// Puts a file on record; only after this may it leave.
    pub(super) async fn taken(
        &self,
        viewer: &Viewer,
        (role, form): (String, &str),
        (sought, made): (Looked, &Made),
    ) -> Result<(), Turned> {
        let entry = Exported {
            staff: viewer.name.clone(),
            serial: viewer.serial.clone(),
            role,
            form: form.to_owned(),
            terms: sought.terms,
            subject: sought.subject,
            case_no: sought.case_no,
            rows: made.rows,
            is_cut: made.is_cut,
            sha256: made.sha256.clone(),
        };
        let noted = self.broker.ledger.note(Entry::Exported(entry)).await;
        let noted = noted.map_err(|_| turned(RefusalCode::AuditUnavailable).to(viewer));
        noted.map(|_| ())
    }

    /// An entry that is there, its bytes read and the look at it on record.
    async fn looked_at(
        &self,
        viewer: &Viewer,
        (shelf, number): (&Shelf, u64),
        what: &str,
    ) -> Result<Vec<u8>, Turned> {
        let journal = shelf.journal.clone();
        if number >= shelf.size || number < journal.first() {
            return Err(dashboards::audit::unknown(viewer));
        }
        let read = move || Ok(journal.read(number)?);
        let bytes = self.reading(viewer, read).await?;
        let heading = Heading::read(&bytes);
        let named = |of: fn(&Heading<'_>) -> String| heading.as_ref().map(of).unwrap_or_default();
        let look = Looked {
            terms: [(what.to_owned(), number.to_string())].into(),
            subject: named(|heading| heading.subject.to_string()),
            case_no: named(|heading| heading.case_number().to_owned()),
            ..looked(viewer, Room::Audit)
        };
        self.look(viewer, look).await?;
        Ok(bytes)
    }

    fn choices(&self) -> Choices {
        let trust = &self.broker.trust;
        let centers = trust
            .nodes()
            .map(|node| (node.id.clone(), node.zh.clone(), node.en.clone()));
        let rules = self.broker.rules.current();
        Choices {
            centers: centers.collect(),
            codes: RefusalCode::ALL.iter().map(|code| code.as_str()).collect(),
            flows: rules
                .flows()
                .flows()
                .map(|flow| flow.id.to_string())
                .collect(),
            staff: trust.all_staff().map(|staff| staff.name.clone()).collect(),
        }
    }
}

impl AuditDesk for Desk {
    async fn search(&self, viewer: &Viewer, mut sought: Sought) -> Result<Searched, Turned> {
        let shelf = self.shelf();
        let read = terms::read(&mut sought);
        let mut searched = Searched {
            faults: Vec::new(),
            found: None,
            size: shelf.size,
            first: shelf.journal.first(),
            indexed: shelf.size,
            complete_upto: shelf.size,
            choices: self.choices(),
            sought,
        };
        let terms = match read {
            Ok(terms) => terms,
            Err(faults) => {
                searched.faults = faults;
                return Ok(searched);
            }
        };
        if !searched.sought.is_asked() {
            return Ok(searched);
        }
        self.look(viewer, terms.look(viewer)).await?;
        let work = move || Search::begin(&shelf, &terms)?.page();
        let page = self.reading(viewer, work).await?;
        searched.indexed = page.indexed;
        searched.complete_upto = page.complete_upto;
        searched.found = Some(page.found);
        Ok(searched)
    }

    async fn export(
        &self,
        viewer: &Viewer,
        mut sought: Sought,
        form: FileForm,
    ) -> Result<File, Turned> {
        let role = self.may_export(viewer).await?;
        sought = sought.begun();
        let read = terms::read(&mut sought);
        let Some(terms) = read.ok().filter(|_| sought.is_asked()) else {
            return Err(Turned::unreadable(viewer));
        };
        let shelf = self.shelf();
        let asked = terms.clone();
        let language = viewer.language;
        let work = move || file::made(&Search::begin(&shelf, &asked)?, form, language);
        let made = self.reading(viewer, work).await?;
        let (word, kind) = match form {
            FileForm::Csv => ("csv", "text/csv; charset=utf-8"),
            FileForm::Jsonl => ("jsonl", "application/jsonl"),
        };
        let sought = terms.look(viewer);
        self.taken(viewer, (role, word), (sought, &made)).await?;
        let digest = made.sha256.get(..12).unwrap_or_default();
        Ok(File {
            name: format!("tianshu-audit-{digest}.{word}"),
            kind,
            bytes: made.bytes,
        })
    }

    async fn entry(&self, viewer: &Viewer, number: u64) -> Result<EntryShown, Turned> {
        let shelf = self.shelf();
        let bytes = self.looked_at(viewer, (&shelf, number), "entry").await?;
        let work = move || entry::shown(&shelf, number, &bytes);
        self.reading(viewer, work).await
    }

    async fn entry_file(&self, viewer: &Viewer, number: u64) -> Result<File, Turned> {
        let role = self.may_export(viewer).await?;
        let shelf = self.shelf();
        let bytes = self.looked_at(viewer, (&shelf, number), "entry").await?;
        let made = Made::of_entry(bytes);
        let sought = Terms::of_entry(number).look(viewer);
        self.taken(viewer, (role, "entry"), (sought, &made)).await?;
        Ok(File {
            name: format!("entry-{number}.json"),
            kind: "application/octet-stream",
            bytes: made.bytes,
        })
    }

    async fn prove(
        &self,
        viewer: &Viewer,
        number: u64,
        older: Option<Older>,
    ) -> Result<Option<Proven>, Turned> {
        let shelf = self.shelf();
        let bytes = self.looked_at(viewer, (&shelf, number), "verify").await?;
        let work = move || proof::proven(&shelf, (number, &bytes), older);
        self.reading(viewer, work).await
    }

    async fn proof_file(&self, viewer: &Viewer, number: u64) -> Result<File, Turned> {
        let published = self.record.published.clone();
        let work = move || Ok(published.proof(number)?);
        let proof = self.reading(viewer, work).await?;
        let proof = proof.ok_or_else(|| dashboards::audit::unknown(viewer))?;
        Ok(File {
            name: format!("entry-{number}.tlog-proof"),
            kind: "application/octet-stream",
            bytes: proof.to_string().into_bytes(),
        })
    }
}
