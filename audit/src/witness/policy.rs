//! Whose signatures make a checkpoint valid (C2SP tlog-policy): logs, witnesses, groups k of n, one
//! quorum. A file with any fault is refused whole, with the line.

use std::collections::{BTreeMap, BTreeSet};

use crate::note::{NoteFault, NoteKey, SignatureKind, SignedCheckpoint};

/// Longest file that is read.
const POLICY_BYTES_MAX: usize = 256 << 10;
/// Most lines of each kind; the specification asks for 32 at least.
const DEFINED_MAX: usize = 256;
/// The name that stands for no quorum at all.
const NONE: &str = "none";

/// What is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct PolicyFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Whether enough witnesses have cosigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// The policy asks for no witness, or enough have cosigned.
    Met,
    /// The checkpoint is the log's, and too few have cosigned.
    Missed,
}

/// A cosignature of a witness that the policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// What the policy calls the witness.
    pub name: String,
    /// Its key.
    pub key: NoteKey,
    /// When it cosigned, in seconds since 1970, as it says itself.
    pub at: u64,
}

#[derive(Debug, Clone)]
enum Member {
    Witness(NoteKey),
    Group { least: usize, members: Vec<String> },
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Policy {
    logs: Vec<NoteKey>,
    members: BTreeMap<String, Member>,
    quorum: String,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// The first fault with its line.
    pub fn parse(text: &str) -> Result<Self, PolicyFault> {
        let mut reading = Reading::default();
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyFault {
                line: 0,
                reason: format!("the file is longer than {POLICY_BYTES_MAX} bytes"),
            });
        }
        let mut last = 0;
        for (number, line) in (1..).zip(text.split_terminator('\n')) {
            last = number;
            let read = reading.line(line);
            read.map_err(|reason| PolicyFault {
                line: number,
                reason,
            })?;
        }
        let Reading {
            logs,
            members,
            quorum,
            ..
        } = reading;
        let quorum = quorum.ok_or_else(|| PolicyFault {
            line: last,
            reason: "there is no quorum line".to_owned(),
        })?;
        Ok(Self {
            logs,
            members,
            quorum,
        })
    }

    /// The keys of the logs.
    #[must_use]
    pub fn logs(&self) -> &[NoteKey] {
        &self.logs
    }

    /// The keys of the witnesses.
    pub fn witnesses(&self) -> impl Iterator<Item = &NoteKey> {
        self.members.values().filter_map(|member| match member {
            Member::Witness(key) => Some(key),
            Member::Group { .. } => None,
        })
    }

    /// Whether a listed log has signed, and then whether enough witnesses have.
    ///
    /// # Errors
    /// No listed log has signed, or a signature of a known key is wrong.
    pub fn judge(&self, checkpoint: &SignedCheckpoint) -> Result<Quorum, NoteFault> {
        checkpoint.verify(&self.logs)?;
        let witnesses: Vec<NoteKey> = self.witnesses().cloned().collect();
        let signed: Vec<&NoteKey> = match checkpoint.note.signed_by(&witnesses) {
            Ok(signed) => signed,
            Err(NoteFault::Unsigned) => Vec::new(),
            Err(fault) => return Err(fault),
        };
        if self.quorum == NONE || self.has_seen(&self.quorum, &signed) {
            Ok(Quorum::Met)
        } else {
            Ok(Quorum::Missed)
        }
    }

    /// Who of the witnesses has cosigned a checkpoint, by the names of the policy. A signature that
    /// is wrong counts for none.
    #[must_use]
    pub fn cosigned(&self, checkpoint: &SignedCheckpoint) -> Vec<Cosigned> {
        let members = self
            .members
            .iter()
            .filter_map(|(name, member)| match member {
                Member::Witness(key) => Some((name, key)),
                Member::Group { .. } => None,
            });
        let signed = members.filter_map(|(name, key)| {
            let mut signatures = checkpoint.note.signatures().iter();
            let signature = signatures.find(|signature| {
                signature.name == key.name()
                    && signature.id == key.id()
                    && key.verifies(checkpoint.note.text(), &signature.bytes)
            })?;
            Some(Cosigned {
                name: name.clone(),
                key: key.clone(),
                at: signature.cosigned_at()?,
            })
        });
        signed.collect()
    }

    /// A group only names what stands before it, so that this comes to an end.
    fn has_seen(&self, name: &str, signed: &[&NoteKey]) -> bool {
        match self.members.get(name) {
            None => false,
            Some(Member::Witness(key)) => signed.contains(&key),
            Some(Member::Group { least, members }) => {
                let seen = members.iter().filter(|name| self.has_seen(name, signed));
                seen.count() >= *least
            }
        }
    }
}

#[derive(Debug, Default)]
struct Reading {
    logs: Vec<NoteKey>,
    members: BTreeMap<String, Member>,
    /// Names that are members of a group already.
    used: BTreeSet<String>,
    quorum: Option<String>,
}

impl Reading {
    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.chars().any(|letter| letter < ' ' && letter != '\t') {
            return Err("control characters are not allowed".to_owned());
        }
        let mut words = line.split([' ', '\t']).filter(|word| !word.is_empty());
        let Some(kind) = words.next().filter(|word| !word.starts_with('#')) else {
            return Ok(());
        };
        let words: Vec<&str> = words.collect();
        match (kind, words.as_slice()) {
            ("log", [vkey] | [vkey, _]) => self.log(vkey),
            ("witness", [name, vkey] | [name, vkey, _]) => self.witness(name, vkey),
            ("group", [name, least, members @ ..]) => self.group(name, least, members),
            ("quorum", [name]) => self.quorum(name),
            ("log" | "witness" | "group" | "quorum", _) => {
                Err(format!("`{kind}` has too few or too many words"))
            }
            _ => Err(format!("`{kind}` is none of log, witness, group, quorum")),
        }
    }

    fn log(&mut self, vkey: &str) -> Result<(), String> {
        let key = key(vkey, SignatureKind::Plain)?;
        if self.logs.iter().any(|other| other.same_key(&key)) || self.logs.len() >= DEFINED_MAX {
            return Err("this log is listed twice, or there are too many".to_owned());
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &str, vkey: &str) -> Result<(), String> {
        let key = key(vkey, SignatureKind::Cosignature)?;
        let is_double = |member: &Member| match member {
            Member::Witness(other) => other.same_key(&key),
            Member::Group { .. } => false,
        };
        if self.members.values().any(is_double) {
            return Err("this witness is listed twice".to_owned());
        }
        self.define(name, Member::Witness(key))
    }

    fn group(&mut self, name: &str, least: &str, names: &[&str]) -> Result<(), String> {
        let least = match least {
            "any" => 1,
            "all" => names.len(),
            number => crate::note::decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| format!("`{number}` is none of all, any, a number"))?,
        };
        if !(1..=names.len()).contains(&least) {
            return Err(format!("{least} of {} cannot be", names.len()));
        }
        for member in names {
            self.known(member)?;
            if !self.used.insert((*member).to_owned()) {
                return Err(format!("`{member}` is a member already"));
            }
        }
        let members = names.iter().map(|name| (*name).to_owned()).collect();
        self.define(name, Member::Group { least, members })
    }

    fn quorum(&mut self, name: &str) -> Result<(), String> {
        if name != NONE {
            self.known(name)?;
        }
        match self.quorum.replace(name.to_owned()) {
            None => Ok(()),
            Some(_) => Err("there is a quorum line already".to_owned()),
        }
    }

    fn known(&self, name: &str) -> Result<(), String> {
        if self.members.contains_key(name) {
            Ok(())
        } else {
            Err(format!("`{name}` is not defined before this line"))
        }
    }

    fn define(&mut self, name: &str, member: Member) -> Result<(), String> {
        if name == NONE || self.members.contains_key(name) || self.members.len() >= DEFINED_MAX {
            return Err(format!("`{name}` is taken, or there are too many"));
        }
        self.members.insert(name.to_owned(), member);
        Ok(())
    }
}

fn key(vkey: &str, kind: SignatureKind) -> Result<NoteKey, String> {
    NoteKey::parse(vkey)
        .filter(|key| key.kind() == kind)
        .ok_or_else(|| format!("`{vkey}` is no key of the right kind"))
}
