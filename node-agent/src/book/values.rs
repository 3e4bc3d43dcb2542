//! What an entry commits to: whom a question was about and what was said of them, value by value,
//! by names that both sides use. The values go to the store beside the log and nowhere else.

use audit::side::Field;
use catalog::{Catalog, ClassNo};
use policies::SubjectTag;
use wire::convert::{self, Measure, Payload};
use wire::v1;
use zeroize::Zeroizing;

/// The fields of one entry, and whom they are about.
#[derive(Debug)]
pub(crate) struct Values {
    pub(super) group: [u8; 32],
    pub(super) fields: Vec<Field>,
}

impl Values {
    /// What was asked: the subject, what was passed on, what verdicts were measured against.
    pub(crate) fn asked(tag: &SubjectTag, payload: &Payload) -> Self {
        let mut values = Self {
            group: *tag.as_bytes(),
            fields: Vec::new(),
        };
        values.add("subject".to_owned(), payload.subject.key());
        for (item, value) in payload.given.iter() {
            values.add(format!("given/{item}"), json(value));
        }
        for (verdict, measure) in &payload.measures {
            let measure = match measure {
                Measure::Limit(limit) => limit.to_string(),
                Measure::Months(from, until) => format!("{from}..{until}"),
            };
            values.add(format!("measure/{verdict}"), measure);
        }
        values
    }

    /// What a node said: `node/class.item/record`, `node/class.found`, `node/class.verdict/name`.
    pub(crate) fn said(&mut self, catalog: &Catalog, node: &str, classes: &[v1::ClassReply]) {
        for reply in classes {
            let class = format!("{node}/{:02}", reply.class);
            self.add(format!("{class}.found"), reply.found.to_string());
            for verdict in &reply.verdicts {
                let finding = match &verdict.finding {
                    Some(v1::verdict::Finding::Holds(holds)) => holds.to_string(),
                    Some(v1::verdict::Finding::Counts(counts)) => {
                        let sorted: std::collections::BTreeMap<_, _> =
                            counts.by_code.iter().collect();
                        json(&sorted)
                    }
                    None => "null".to_owned(),
                };
                let name = &verdict.verdict;
                self.add(format!("{class}.verdict/{name}"), finding);
            }
            self.records(catalog, &class, reply);
        }
    }

    fn records(&mut self, catalog: &Catalog, class: &str, reply: &v1::ClassReply) {
        let Ok(no) = convert::class_from_wire(catalog, reply.class) else {
            return;
        };
        // What leaves was made here, and what came was read before: both decode.
        let Ok((records, _)) = self::records(catalog, no, reply) else {
            return;
        };
        for (at, record) in records.iter().enumerate() {
            for (item, value) in record.iter() {
                let code = catalog
                    .item(item)
                    .map_or_else(|| item.to_string(), |item| item.code.clone());
                self.add(format!("{class}.{code}/{}", at + 1), json(value));
            }
        }
    }

    fn add(&mut self, name: String, value: String) {
        let value = Zeroizing::new(value);
        self.fields.push(Field { name, value });
    }
}

fn records(
    catalog: &Catalog,
    class: ClassNo,
    reply: &v1::ClassReply,
) -> Result<(Vec<catalog::Record>, Vec<convert::Note>), wire::WireError> {
    convert::records_from_wire(catalog, class, &reply.payload)
}

/// As the catalog's JSON has it; every value has a form there.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
