//! Whether an officer approved what logs say, told from entries and the trust list alone: the
//! asking center's `approved` has the words and the signature, the hub's `decision` and an
//! answering center's `served` name both.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use policies::{ApprovalStatement, SignedApproval, TrustList};
use serde_json::Value as Json;

/// Bytes of the root that the approval of a single question uses up.
const MARK_BYTES: usize = 16;

/// Approvals that were proven, and what other entries rest on them.
#[derive(Debug, Default)]
pub struct Proof {
    approvals: BTreeMap<String, Proven>,
    /// Sentences about entries that fit.
    pub fits: Vec<String>,
    /// Sentences about what does not fit.
    pub faults: Vec<String>,
}

#[derive(Debug)]
struct Proven {
    said: ApprovalStatement,
    signature: String,
}

impl Proof {
    /// Proves every `approved` of the entries and holds every `decision` and `served` that names an
    /// approver against it. Entries of other kinds say nothing.
    #[must_use]
    pub fn of(entries: &[Json], trust: &TrustList) -> Self {
        let mut proof = Self::default();
        for entry in entries.iter().filter(|entry| entry["kind"] == "approved") {
            match approved(entry, trust) {
                Ok(proven) => proof.take(text(entry, "/statement"), proven),
                Err(fault) => {
                    let number = text(entry, "/approval");
                    proof.faults.push(format!("approved {number}: {fault}"));
                }
            }
        }
        for entry in entries {
            let Some(resting) = Resting::read(entry) else {
                continue;
            };
            let name = format!("{} {}", resting.kind, text(entry, "/query"));
            match proof.holds(&resting) {
                Ok(said) => {
                    let rests = format!("{name}: rests on it ({})", said.case_no);
                    proof.fits.push(rests);
                }
                Err(fault) => proof.faults.push(format!("{name}: {fault}")),
            }
        }
        proof
    }

    /// The statements that were proven.
    pub fn statements(&self) -> impl Iterator<Item = &ApprovalStatement> {
        self.approvals.values().map(|proven| &proven.said)
    }

    /// Whether there is an approval, and nothing that does not fit.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.faults.is_empty() && !self.approvals.is_empty()
    }

    fn take(&mut self, digest: &str, proven: Proven) {
        self.approvals.insert(digest.to_owned(), proven);
    }

    fn holds(&self, resting: &Resting<'_>) -> Result<&ApprovalStatement, String> {
        let proven = self.approvals.get(resting.text("approval_statement"));
        let proven = proven.ok_or("no approval among the entries that was proven")?;
        if resting.text("approval_signature") != proven.signature {
            return Err("names another signature".to_owned());
        }
        let said = &proven.said;
        let (flow, matter) = (said.flow.to_string(), said.matter.to_string());
        let mut rows = vec![
            ("center", resting.node, &*said.node),
            ("case", resting.case_no, &said.case_no),
            ("flow", resting.text("flow"), &flow),
            ("asker", resting.operator, &said.asker),
            ("officer", resting.text("approver"), &said.operator),
        ];
        if resting.is_decision() {
            rows.push(("matter", resting.text("matter"), &matter));
            rows.push(("mode", text(resting.entry, "/mode"), said.mode.as_str()));
        }
        if let Some((name, ..)) = rows.iter().find(|(_, here, there)| here != there) {
            return Err(format!("the {name} is not the one that was signed for"));
        }
        resting.holds_what_was_signed(said)?;
        Ok(said)
    }
}

/// What an entry must be: verified with the key of the officer that it names, word for word.
fn approved(entry: &Json, trust: &TrustList) -> Result<Proven, String> {
    let signature = text(entry, "/signature");
    let signed = SignedApproval {
        body: text(entry, "/body").as_bytes().to_vec(),
        signature: HEXLOWER
            .decode(signature.as_bytes())
            .map_err(|_| "the signature cannot be read")?,
        ..SignedApproval::default()
    };
    let officer = text(entry, "/approver");
    // A key is one officer's at one center: whichever fits says whose it was.
    let mut nodes = trust.nodes().filter(|node| {
        let key = node.officers.get(officer);
        key.is_some_and(|key| signed.check_signature(key).is_ok())
    });
    let node = nodes.next();
    let node = node.ok_or("no officer of that name on the trust list has signed these words")?;
    let said = ApprovalStatement::decode(&signed.body).map_err(|fault| fault.to_string())?;
    let flow = said.flow.to_string();
    let rows = [
        ("center", &*node.id, &*said.node),
        ("officer", officer, &said.operator),
        ("asker", text(entry, "/operator"), &said.asker),
        ("case", text(entry, "/case_no"), &said.case_no),
        ("flow", text(entry, "/flow"), &flow),
        ("counter", text(entry, "/counter"), &said.counter),
        ("system", text(entry, "/system"), &said.system),
        (
            "digest",
            text(entry, "/statement"),
            &HEXLOWER.encode(&signed.statement_digest()),
        ),
    ];
    if let Some((name, ..)) = rows.iter().find(|(_, here, there)| here != there) {
        return Err(format!("the {name} is not that of the signed words"));
    }
    Ok(Proven {
        signature: signature.to_owned(),
        said,
    })
}

/// An entry that says a question was asked with an approval.
struct Resting<'a> {
    kind: &'a str,
    entry: &'a Json,
    /// Where the approval stands: in a decision beside the case.
    place: &'a Json,
    node: &'a str,
    operator: &'a str,
    case_no: &'a str,
}

impl<'a> Resting<'a> {
    fn read(entry: &'a Json) -> Option<Self> {
        let kind = text(entry, "/kind");
        let (place, node, operator, case_no) = match kind {
            "decision" => (
                entry.get("case")?,
                "/who/node",
                "/who/operator",
                "/case/number",
            ),
            "served" => (entry, "/node", "/operator", "/case_no"),
            _ => return None,
        };
        let resting = Self {
            kind,
            entry,
            place,
            node: text(entry, node),
            operator: text(entry, operator),
            case_no: text(entry, case_no),
        };
        (!resting.text("approver").is_empty()).then_some(resting)
    }

    fn is_decision(&self) -> bool {
        self.kind == "decision"
    }

    fn text(&self, name: &str) -> &'a str {
        self.place.get(name).and_then(Json::as_str).unwrap_or("")
    }

    fn list(&self, name: &str) -> Vec<&'a str> {
        let list = self.entry.get(name).and_then(Json::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect()
    }

    /// Items, what is passed on and verdicts; of a single question also that it is the one signed.
    fn holds_what_was_signed(&self, said: &ApprovalStatement) -> Result<(), String> {
        let verdicts: Vec<_> = said.verdicts.iter().map(ToString::to_string).collect();
        if self.list("verdicts") != verdicts {
            return Err("the verdicts are not those that were signed for".to_owned());
        }
        if !self.is_decision() {
            return Ok(());
        }
        let gives: Vec<_> = said.gives.iter().map(ToString::to_string).collect();
        if self.list("gives") != gives {
            return Err("what was passed on is not what was signed for".to_owned());
        }
        let signed: Vec<_> = said.items.iter().map(ToString::to_string).collect();
        let classes = self.entry.get("items").and_then(Json::as_object);
        let mut granted = classes
            .into_iter()
            .flat_map(serde_json::Map::values)
            .filter_map(Json::as_array)
            .flatten();
        if !granted.all(|item| signed.iter().any(|known| item == known)) {
            return Err("an item was granted that was not signed for".to_owned());
        }
        let mark = said
            .root
            .get(..MARK_BYTES)
            .map(|mark| HEXLOWER.encode(mark));
        if said.lines == 1 && mark.as_deref() != Some(self.text("approval_nonce")) {
            return Err("the question is not the one that was signed".to_owned());
        }
        Ok(())
    }
}

fn text<'a>(entry: &'a Json, pointer: &str) -> &'a str {
    let found = entry.pointer(pointer).and_then(Json::as_str);
    found.unwrap_or_default()
}
