//! What the pages of a subject are told: who is behind a number, by an agent's word; everything the
//! log has about that pseudonym; and the proof that the log has it.

mod named;
mod proofs;
mod reading;
mod rows;

#[cfg(test)]
mod tests;

use dashboards::subject::{Document, PrintedLedger, ProofFile, SubjectDesk, SubjectLedger, Wanted};
use dashboards::{Name, Room, Turned, Viewer};
use time::format_description::well_known::Rfc3339;

use super::{Desk, looked};
use crate::ledger::entry::Looked;
use reading::Found;

/// Code set of the documents' types.
const DOCUMENTS: &str = "id-type";
/// Rows of one page.
const ROWS_MAX: usize = 25;

impl SubjectDesk for Desk {
    fn documents(&self) -> Vec<Document> {
        let set = self.broker.catalog.code_set(DOCUMENTS);
        let entries = set.into_iter().flat_map(|set| set.entries());
        let document = entries.map(|(code, entry)| Document {
            code: code.to_owned(),
            name: Name::same(&entry.label),
        });
        document.collect()
    }

    async fn named(&self, viewer: &Viewer, wanted: Wanted) -> Result<String, Turned> {
        named::name(self, viewer, wanted).await
    }

    async fn ledger(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> Result<SubjectLedger, Turned> {
        let look = look_at(viewer, subject, before, "ledger");
        self.look(viewer, look).await?;
        let found = self.found(viewer, subject, before).await?;
        Ok(rows::ledger(&self.broker, subject, &found))
    }

    async fn printed(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> Result<PrintedLedger, Turned> {
        let look = look_at(viewer, subject, before, "print");
        self.look(viewer, look).await?;
        let found = self.found(viewer, subject, before).await?;
        let ledger = rows::ledger(&self.broker, subject, &found);
        let published = self.record.published().clone();
        let annex = proofs::name(subject, &found);
        let prove = move || Ok(proofs::prove(&published, &found)?);
        let (head, proven) = self.reading(viewer, prove).await?;
        Ok(PrintedLedger {
            ledger,
            log: self.broker.ledger.journal().origin().to_owned(),
            at: self.broker.clock.now().format(&Rfc3339).unwrap_or_default(),
            head,
            annex,
            proven,
        })
    }

    async fn proofs(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> Result<ProofFile, Turned> {
        let role = self.may_export(viewer).await?;
        let look = look_at(viewer, subject, before, "proofs");
        self.look(viewer, look.clone()).await?;
        let found = self.found(viewer, subject, before).await?;
        let published = self.record.published().clone();
        let log = self.broker.ledger.journal().origin().to_owned();
        let name = proofs::name(subject, &found);
        let work = move || Ok(proofs::file(&published, &log, &found)?);
        let made = self.reading(viewer, work).await?;
        self.taken(viewer, (role, "proofs"), (look, &made)).await?;
        Ok(ProofFile {
            name,
            bytes: made.bytes,
        })
    }
}

/// Whose ledger, from where on, in which form.
fn look_at(viewer: &Viewer, subject: &str, before: Option<u64>, form: &str) -> Looked {
    let before = before.map(|before| ("before".to_owned(), before.to_string()));
    let form = ("form".to_owned(), form.to_owned());
    Looked {
        terms: [form].into_iter().chain(before).collect(),
        subject: subject.to_owned(),
        ..looked(viewer, Room::Subject)
    }
}

impl Desk {
    /// A page of it; the look is on record before.
    async fn found(
        &self,
        viewer: &Viewer,
        subject: &str,
        before: Option<u64>,
    ) -> Result<Found, Turned> {
        let journal = self.broker.ledger.journal().clone();
        let index = std::sync::Arc::clone(&self.index);
        let subject = subject.to_owned();
        let work = move || reading::about(&journal, &index, &subject, before);
        self.reading(viewer, work).await
    }
}
