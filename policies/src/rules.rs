//! One set of rules: flows, which centers take part in them, their hours, schema and base policies.
//! A set is read and validated whole or not at all; nobody decides by half of one.

use catalog::{Catalog, Digest, Source};

use crate::calendar::{self, Calendar};
use crate::decision::{self, PolicySet};
use crate::fault::PolicyError;
use crate::flow::{self, FlowBook};

/// A file of a set, under the name that faults give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// Its name, such as `flows/F05.toml`.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

impl RuleFile {
    fn source(&self) -> Source<'_> {
        Source {
            name: &self.name,
            text: &self.text,
        }
    }

    fn of(source: &Source<'_>) -> Self {
        Self {
            name: source.name.to_owned(),
            text: source.text.to_owned(),
        }
    }
}

/// The files of a set, as they lie in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFiles {
    /// `flows/*.toml`.
    pub flows: Vec<RuleFile>,
    /// `centers/*.toml`, one file a center.
    pub centers: Vec<RuleFile>,
    /// `calendar.toml`.
    pub calendar: RuleFile,
    /// `schema.cedarschema`.
    pub schema: RuleFile,
    /// `base/*.cedar`.
    pub base: Vec<RuleFile>,
}

impl From<(String, String)> for RuleFile {
    fn from((name, text): (String, String)) -> Self {
        Self { name, text }
    }
}

impl RuleFiles {
    /// Gathers a set from wherever it lies; `read` gives the files that a pattern names, such as
    /// `flows/*.toml`, in the order of their names.
    pub fn gather<E>(read: impl Fn(&str) -> Result<Vec<RuleFile>, E>) -> Result<Self, E> {
        let only = |pattern: &str| -> Result<RuleFile, E> {
            let empty = RuleFile {
                name: pattern.to_owned(),
                text: String::new(),
            };
            Ok(read(pattern)?.into_iter().next().unwrap_or(empty))
        };
        Ok(Self {
            flows: read("flows/*.toml")?,
            centers: read("centers/*.toml")?,
            calendar: only("calendar.toml")?,
            schema: only("schema.cedarschema")?,
            base: read("base/*.cedar")?,
        })
    }

    /// Every file of the set.
    pub fn all(&self) -> impl Iterator<Item = &RuleFile> {
        let lists = [&self.flows, &self.centers, &self.base];
        let files = lists.into_iter().flatten();
        files.chain([&self.calendar, &self.schema])
    }

    /// The files that are delivered with the program.
    #[must_use]
    pub fn builtin() -> Self {
        // In the order in which a folder gives them, since the digest goes over them in turn.
        let sorted = |sources: &[Source<'_>]| {
            let mut files: Vec<RuleFile> = sources.iter().map(RuleFile::of).collect();
            files.sort_by(|one, other| one.name.cmp(&other.name));
            files
        };
        Self {
            flows: sorted(&flow::FLOWS),
            centers: sorted(&flow::CENTERS),
            calendar: RuleFile::of(&calendar::BUILTIN),
            schema: RuleFile::of(&decision::SCHEMA),
            base: sorted(&decision::BASE),
        }
    }

    /// Reads flows, centers and calendar alone, for those who decide nothing by policies.
    pub fn flow_book(&self, catalog: &Catalog) -> Result<FlowBook, PolicyError> {
        let flows: Vec<_> = self.flows.iter().map(RuleFile::source).collect();
        let centers: Vec<_> = self.centers.iter().map(RuleFile::source).collect();
        FlowBook::parse(&flows, &centers, &self.calendar.source(), catalog)
    }
}

/// A validated set.
#[derive(Debug)]
pub struct RuleSet {
    policies: PolicySet,
}

/// A set made of policies that were validated on their own, flows included.
impl From<PolicySet> for RuleSet {
    fn from(policies: PolicySet) -> Self {
        Self { policies }
    }
}

impl RuleSet {
    /// Reads and validates a whole set; reports every fault.
    pub fn parse(files: &RuleFiles, catalog: &Catalog) -> Result<Self, PolicyError> {
        let flows = files.flow_book(catalog)?;
        let base: Vec<_> = files.base.iter().map(RuleFile::source).collect();
        let policies = PolicySet::parse(&files.schema.source(), &base, catalog, &flows)?;
        Ok(Self { policies })
    }

    /// The set that is delivered with the program.
    pub fn builtin(catalog: &Catalog) -> Result<Self, PolicyError> {
        Self::parse(&RuleFiles::builtin(), catalog)
    }

    /// The policies.
    #[must_use]
    pub const fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// The flows.
    #[must_use]
    pub const fn flows(&self) -> &FlowBook {
        self.policies.flows()
    }

    /// When the hours of the flows are.
    #[must_use]
    pub const fn calendar(&self) -> &Calendar {
        self.flows().calendar()
    }

    /// Digest over everything in the set.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        self.policies.digest()
    }
}
