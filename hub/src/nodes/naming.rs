//! Finds an agent that names a subject: the hub has no key of subject tags.

use std::fmt;

use policies::SubjectTag;
use wire::limits::NAMING_WAIT;
use wire::{RefusalCode, v1};
use zeroize::Zeroizing;

use super::{Member, Nodes};

/// Asked first: the city's center wraps the outside offices, and its agent is up whenever the star
/// is of any use.
const FIRST: &str = "city";

/// A number that somebody of the staff was given, and why they want its tag.
#[derive(Clone)]
pub struct Nameless {
    /// Type of the document; empty for an organization's credit code.
    pub cert_type: String,
    /// Its number.
    pub number: Zeroizing<String>,
    /// Who asks.
    pub staff: String,
    /// Why.
    pub reason: String,
}

/// Shows nothing of whom it is about.
impl fmt::Debug for Nameless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nameless(..)")
    }
}

/// What an agent told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The node that told it, and has it in its own log.
    pub node: String,
    /// The tag.
    pub tag: SubjectTag,
}

impl Nodes {
    /// Asks one agent after the other until one has an answer. A refusal is one: nobody goes round
    /// an agent's limit by asking the next.
    ///
    /// # Errors
    /// The refusal of the agent that was heard, or that none was.
    pub async fn name_subject(&self, nameless: &Nameless) -> Result<Named, RefusalCode> {
        let first = self.members().filter(|member| member.id == FIRST);
        let others = self.members().filter(|member| member.id != FIRST);
        for member in first.chain(others) {
            if let Some(answer) = ask(member, nameless).await {
                return read(answer).map(|tag| Named {
                    node: member.id.clone(),
                    tag,
                });
            }
        }
        Err(RefusalCode::NamingNobody)
    }
}

async fn ask(member: &Member, nameless: &Nameless) -> Option<v1::SubjectNamed> {
    let link = member.naming_link()?;
    // The message wipes its number when it was sent, or dropped on the way.
    let asked = v1::NameSubject {
        id: 0,
        cert_type: nameless.cert_type.clone(),
        number: nameless.number.to_string(),
        staff: nameless.staff.clone(),
        reason: nameless.reason.clone(),
    };
    link.name_subject(asked, NAMING_WAIT).await
}

fn read(answer: v1::SubjectNamed) -> Result<SubjectTag, RefusalCode> {
    match answer.outcome {
        Some(v1::subject_named::Outcome::Tag(tag)) => {
            let bytes = tag.try_into().map_err(|_| RefusalCode::NodeReply)?;
            Ok(SubjectTag::from_bytes(bytes))
        }
        // What a refusal says is this hub's own words for its code, never the agent's.
        Some(v1::subject_named::Outcome::Refusal(refusal)) => {
            Err(refusal.code.parse().unwrap_or(RefusalCode::NodeReply))
        }
        None => Err(RefusalCode::NodeReply),
    }
}

#[cfg(test)]
mod tests;
