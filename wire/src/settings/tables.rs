//! Lists of tables (`[[audit.export]]`): each is read as a file of its own would be, and its faults
//! are named by list, place and key.

use std::collections::BTreeSet;

use super::{Settings, unknown_keys};

impl Settings {
    /// Reads every table of a list, at most so many. `take` is called once for each with the table
    /// as its settings, and once more with an empty one if there is none, so that every key is
    /// known; what it makes of that one is dropped.
    pub fn tables<T>(
        &mut self,
        key: &str,
        most: usize,
        mut take: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let tables = match self.take(key) {
            None => Vec::new(),
            Some(toml::Value::Array(tables)) => tables,
            Some(_) => self.fault_with(key, "must be a list of tables", Vec::new()),
        };
        if tables.len() > most {
            self.fault(key, &format!("has more than {most} tables"));
        }
        let mut taken = Vec::new();
        let mut keys = BTreeSet::new();
        for (place, table) in tables.into_iter().take(most).enumerate() {
            let toml::Value::Table(table) = table else {
                self.fault(key, "must be a list of tables");
                continue;
            };
            let mut one = self.with(table);
            taken.push(take(&mut one));
            let at = format!("{key}[{place}]");
            let mut unknown = Vec::new();
            unknown_keys(&one.table, "", &one.known, &mut unknown);
            for name in unknown {
                one.fault(&name, "unknown key");
            }
            for fault in one.faults {
                self.faults.push(format!("  {at}.{}", fault.trim_start()));
            }
            keys.extend(one.known);
        }
        if keys.is_empty() {
            let mut none = self.with(toml::Table::new());
            take(&mut none);
            keys = none.known;
        }
        let named = keys.into_iter().map(|name| format!("{key}.{name}"));
        self.known.extend(named);
        taken
    }

    fn with(&self, table: toml::Table) -> Self {
        Self {
            file: self.file.clone(),
            base: self.base.clone(),
            table,
            known: BTreeSet::new(),
            faults: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> (Vec<(String, u64)>, Settings) {
        let mut settings = Settings::parse(Path::new("/x/hub.toml"), text).expect("is TOML");
        let taken = settings.tables("a.list", 2, |s| (s.text("name"), s.number("n", 7, 1..=9)));
        (taken, settings)
    }

    #[test]
    fn each_table_is_read_and_each_fault_says_where() {
        let (taken, settings) = read("[[a.list]]\nname = \"x\"\n[[a.list]]\nname = \"y\"\nn = 2\n");
        assert_eq!(taken, [("x".to_owned(), 7), ("y".to_owned(), 2)]);
        assert_eq!(settings.keys(), ["a.list", "a.list.n", "a.list.name"]);
        settings.finish().expect("is sound");
        let (_, settings) = read("[[a.list]]\nn = 10\nother = 1\n");
        let faults = settings.finish().expect_err("is faulty").to_string();
        for key in ["name", "n", "other"] {
            assert!(
                faults.contains(&format!("  a.list[0].{key}: ")),
                "{key} in {faults}"
            );
        }
    }

    #[test]
    fn a_list_may_be_left_out_and_must_not_be_long() {
        let (taken, settings) = read("");
        assert!(taken.is_empty());
        assert_eq!(settings.keys(), ["a.list", "a.list.n", "a.list.name"]);
        settings.finish().expect("is sound");
        for text in [
            "[a]\nlist = 3",
            "[[a.list]]\nname=\"x\"\n".repeat(3).as_str(),
        ] {
            let faults = read(text).1.finish().expect_err("is faulty").to_string();
            assert!(faults.contains("  a.list: "), "{faults}");
        }
    }
}
