//! What changed from one set of limits to another.

use std::collections::BTreeMap;
use std::fmt;

use super::Limits;

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where it stands.
    pub path: String,
    /// Before; none for an exception that was not there.
    pub from: Option<u32>,
    /// After; none for an exception that is gone.
    pub to: Option<u32>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |value: Option<u32>| value.map_or("none".to_owned(), |v| v.to_string());
        write!(f, "{}: {} -> {}", self.path, said(self.from), said(self.to))
    }
}

impl Limits {
    /// Every value that differs in a later set, by its path.
    #[must_use]
    pub fn changes(&self, later: &Self) -> Vec<Change> {
        let mut all: BTreeMap<String, (Option<u32>, Option<u32>)> = BTreeMap::new();
        for (path, value) in self.values() {
            all.entry(path).or_default().0 = Some(value);
        }
        for (path, value) in later.values() {
            all.entry(path).or_default().1 = Some(value);
        }
        all.into_iter()
            .filter(|(_, (from, to))| from != to)
            .map(|(path, (from, to))| Change { path, from, to })
            .collect()
    }
}
