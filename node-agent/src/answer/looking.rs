//! A look into the center's own system, measured and counted.

use std::collections::BTreeSet;
use std::time::Duration;

use catalog::{ClassNo, ItemNo};
use time::OffsetDateTime;
use tokio::time::Instant;
use wire::traces::{Attribute, Kind, TraceSpan};

use super::{Answerer, source_refusal};
use crate::translate::{About, Found, FoundOutcome};

impl Answerer {
    /// One class as its source has it, and how long that took.
    pub(super) async fn found(
        &self,
        (class, needed): (ClassNo, &BTreeSet<ItemNo>),
        about: About<'_>,
        (now, deadline): (OffsetDateTime, Instant),
        span: &TraceSpan,
    ) -> (Found, Duration) {
        let asking = span.child(Kind::Client, "source.find");
        asking.says(Attribute::Class(class.get()));
        asking.says(Attribute::Connector(self.translator.connector(class)));
        let begun = Instant::now();
        let found = self
            .translator
            .find(class, needed, about, now, deadline)
            .await;
        let elapsed = begun.elapsed();
        if let FoundOutcome::Unavailable(error) = found.outcome {
            asking.failed(source_refusal(error));
        }
        self.metrics.looked_up(&class.to_string(), elapsed);
        self.count(class, &found);
        (found, elapsed)
    }

    fn count(&self, class: ClassNo, found: &Found) {
        let name = class.to_string();
        let mut withheld = 0;
        for note in &found.notes {
            let item = note.item.map(|item| item.to_string()).unwrap_or_default();
            self.metrics
                .withheld(&name, &item, note.defect.as_str(), note.count);
            withheld += note.item.map_or(0, |_| u64::from(note.count));
        }
        let values: usize = found.records.iter().map(catalog::Record::len).sum();
        let values = u64::try_from(values).unwrap_or(u64::MAX);
        self.metrics.values(&name, values, withheld);
        let fault = self.translator.refused_file(class);
        self.metrics
            .file_refused(&class.to_string(), fault.map(|fault| fault.to_string()));
    }
}
