//! What was heard, for the record: digests that the other books have as well, and the values, which
//! are kept beside the log.

use std::collections::BTreeMap;

use audit::Receipt;
use wire::convert::Payload;
use wire::digests::Digests;
use wire::v1;

use super::Asker;
use super::question::Asked;
use crate::book::{Answered, BookError, Entry, Values};

/// An answer of the hub, as it came.
#[derive(Debug)]
pub(super) struct Heard {
    question: String,
    digests: BTreeMap<String, String>,
    values: Option<Values>,
}

impl Heard {
    pub(super) fn of(asker: &Asker, asked: &Asked, digests: &Digests, answer: &v1::Answer) -> Self {
        let nodes = answer.nodes.iter();
        let of_node = |node: &v1::NodeAnswer| (node.node.clone(), digests.node(&node.classes));
        let question = &asked.question;
        // It was made here a moment ago.
        let payload = Payload::decode(&asker.catalog, &asked.payload, question.gives()).ok();
        let values = payload.map(|payload| {
            let mut values = Values::asked(question.subject_tag(), &payload);
            for node in &answer.nodes {
                values.said(&asker.catalog, &node.node, &node.classes);
            }
            values
        });
        Self {
            question: digests.question().to_owned(),
            digests: nodes.map(of_node).collect(),
            values,
        }
    }

    /// Puts it on record, beside what is kept of it.
    pub(super) async fn record(
        self,
        asker: &Asker,
        answered: Answered,
    ) -> Result<Receipt, BookError> {
        let (question, digests) = (self.question, self.digests);
        let entry = move |sides| {
            Entry::Answered(Box::new(Answered {
                question,
                digests,
                sides,
                ..answered
            }))
        };
        asker.book.write_beside(self.values, entry).await
    }
}
