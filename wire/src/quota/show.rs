//! Limits for people, and what tells one set from another.

use std::fmt;

use catalog::Digest;

use super::{LimitName, Limits};

impl Limits {
    /// SHA-256 over every value in force, whether a file says it or the default does: equal limits
    /// have equal digests, however their files are written.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut text = String::from("tianshu/limits/v1\n");
        for (path, value) in self.values() {
            text.push_str(&format!("{path}={value}\n"));
        }
        Digest::of(text.as_bytes())
    }

    /// Every value by its path, exceptions behind what they except from.
    pub(super) fn values(&self) -> impl Iterator<Item = (String, u32)> {
        let each = LimitName::ALL.iter();
        let each = each.map(|name| (name.path(), self.each(*name)));
        let only = self.only.iter().map(|((name, whom), value)| {
            let path = format!("{}.only.\"{whom}\".{}", name.table(), name.key());
            (path, *value)
        });
        each.chain(only)
    }
}

/// As a file that says every value, with units and ranges.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = "";
        for name in LimitName::ALL {
            if name.table() != table {
                let gap = if table.is_empty() { "" } else { "\n" };
                table = name.table();
                writeln!(f, "{gap}[{table}]")?;
            }
            let range = name.range();
            writeln!(
                f,
                "# {}, {}; {} to {}",
                name.is(),
                name.unit().as_str(),
                range.start(),
                range.end()
            )?;
            writeln!(f, "{} = {}", name.key(), self.each(*name))?;
        }
        let mut heading = String::new();
        let mut only: Vec<_> = self.only.iter().collect();
        only.sort_by_key(|((name, whom), _)| (name.table(), whom.as_str(), *name));
        for ((name, whom), value) in only {
            let next = format!("[{}.only.\"{whom}\"]", name.table());
            if next != heading {
                writeln!(f, "\n{next}")?;
                heading = next;
            }
            writeln!(f, "{} = {value}", name.key())?;
        }
        Ok(())
    }
}
