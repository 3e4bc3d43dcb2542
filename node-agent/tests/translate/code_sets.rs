//! Both directions of every code set that a local system codes differently, checked against the
//! `codes` of the deployed mapping files: an entry without a line in the tables fails, as does a
//! line without its entry.

use std::collections::{BTreeMap, BTreeSet};

use catalog::ItemType;

use crate::bench::{catalog, item};
use crate::code_sets_maps::{SYSTEMS, System};
use crate::conversion::{Deployed, Line, classes, folder, through};

type Texts = BTreeSet<String>;

/// First class that an outside office holds.
const FIRST_OUTSIDE: &str = "12";

/// One code map of a mapping file, its entries in their order.
struct Map {
    item: String,
    entries: Vec<(String, String)>,
}

fn maps(deployed: &Deployed) -> Vec<Map> {
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let with_codes = deployed.items().filter(|item| item.contains_key("codes"));
    let maps = with_codes.map(|item| Map {
        item: text(&item["no"]),
        entries: match &item["codes"] {
            toml::Value::Table(map) => map.iter().map(|(k, v)| (k.clone(), text(v))).collect(),
            list => {
                let list = list.as_array().unwrap().iter();
                list.map(|pair| (text(&pair[0]), text(&pair[1]))).collect()
            }
        },
    });
    maps.collect()
}

impl System {
    /// The classes of this system at a center: the city's offices are a system of their own.
    fn classes(&self, center: &str) -> Vec<Deployed> {
        let is_outside = |one: &Deployed| {
            let name = one.file.file_name().unwrap().to_str().unwrap();
            name >= FIRST_OUTSIDE
        };
        let mut all = classes(center);
        all.retain(|one| is_outside(one) == (self.name == "offices"));
        all
    }

    fn maps(&self, center: &str) -> Vec<Map> {
        self.classes(center).iter().flat_map(maps).collect()
    }

    /// The local values of the tables by item, with their codes.
    fn pairs(&self) -> BTreeMap<&str, Vec<(&str, &str)>> {
        let mut pairs = BTreeMap::new();
        for [items, values] in fields(self.maps) {
            let values = values
                .split_whitespace()
                .map(|pair| pair.split_once('>').unwrap());
            let values: Vec<_> = values.collect();
            for item in items.split_whitespace() {
                assert!(pairs.insert(item, values.clone()).is_none(), "{item} twice");
            }
        }
        pairs
    }
}

/// The lines of a table, cut at `|`.
fn fields<const N: usize>(table: &str) -> impl Iterator<Item = [&str; N]> {
    let lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        fields.try_into().unwrap_or_else(|_| panic!("{line}"))
    })
}

fn matches(pattern: &str, local: &str) -> bool {
    let (pattern, local) = (pattern.split('/'), local.split('/'));
    let mut pairs = pattern.zip(local);
    pairs.all(|(wanted, text)| wanted == "*" || wanted == text.replace('_', ""))
}

/// Which entry of the map decides about a local value: the first that matches.
fn deciding<'m>(map: &'m Map, local: &str) -> Option<&'m (String, String)> {
    map.entries
        .iter()
        .find(|(pattern, _)| matches(pattern, local))
}

#[test]
fn every_entry_of_every_deployed_map_has_its_line() {
    for system in &SYSTEMS {
        let pairs = system.pairs();
        for center in system.centers {
            let maps = system.maps(center);
            let mapped: BTreeSet<&str> = maps.iter().map(|map| map.item.as_str()).collect();
            let listed: BTreeSet<&str> = pairs.keys().copied().collect();
            assert_eq!(mapped, listed, "{center}: the coded items");
            for map in &maps {
                let pairs = &pairs[map.item.as_str()];
                let mut seen = BTreeSet::new();
                for (local, code) in pairs {
                    let entry = deciding(map, local);
                    let entry = entry.unwrap_or_else(|| panic!("{center} {}: {local}", map.item));
                    assert_eq!(entry.1, *code, "{center} {}: {local}", map.item);
                    seen.insert(entry);
                }
                for entry in &map.entries {
                    assert!(
                        seen.contains(entry),
                        "{center} {}: {entry:?} has no line",
                        map.item
                    );
                }
            }
        }
    }
}

#[test]
fn every_canonical_code_is_produced_or_listed_as_never_said() {
    let catalog = catalog();
    for system in &SYSTEMS {
        let mut never: BTreeMap<&str, Texts> = BTreeMap::new();
        for [items, codes, why] in fields(system.never) {
            assert!(!why.is_empty(), "{items}");
            for item in items.split_whitespace() {
                let codes = codes.split_whitespace().map(str::to_owned).collect();
                assert!(never.insert(item, codes).is_none(), "{item} twice");
            }
        }
        for (no, pairs) in system.pairs() {
            let ItemType::Code { set, .. } = &catalog.item(item(no)).unwrap().kind else {
                assert!(!never.contains_key(no), "{no} is no code");
                continue;
            };
            let set = catalog.code_set(set).unwrap();
            let all: Texts = set.entries().map(|(code, _)| code.to_owned()).collect();
            let said: Texts = pairs.iter().map(|(_, code)| (*code).to_owned()).collect();
            let unsaid: Texts = all.difference(&said).cloned().collect();
            let listed = never.remove(no).unwrap_or_default();
            assert_eq!(
                unsaid, listed,
                "{} {no}: codes that are never said",
                system.name
            );
            assert!(said.is_subset(&all), "{} {no}", system.name);
        }
        assert!(never.is_empty(), "{}: {never:?}", system.name);
    }
}

#[test]
fn meanings_fall_together_only_where_a_reason_is_given() {
    for system in &SYSTEMS {
        let mut listed: BTreeMap<(String, String), Texts> = BTreeMap::new();
        for [items, codes, why] in fields(system.together) {
            assert!(!why.is_empty(), "{items}");
            let (code, locals) = codes.split_once(" < ").unwrap();
            for item in items.split_whitespace() {
                let locals = locals.split_whitespace().map(str::to_owned).collect();
                let key = (item.to_owned(), code.to_owned());
                assert!(listed.insert(key, locals).is_none(), "{item} {code} twice");
            }
        }
        for center in system.centers {
            let mut together: BTreeMap<(String, String), Texts> = BTreeMap::new();
            for map in system.maps(center) {
                for (local, code) in map.entries {
                    let key = (map.item.clone(), code);
                    together.entry(key).or_default().insert(local);
                }
            }
            together.retain(|_, locals| locals.len() > 1);
            assert_eq!(together, listed, "{center}");
        }
    }
}

/// A case names its parties as the accounts of the same center do.
#[test]
fn parties_of_cases_have_the_id_types_of_accounts() {
    for (center, is_mapped) in [
        ("city", true),
        ("zhongzhi", true),
        ("guoguan", false),
        ("tielu", true),
    ] {
        let text = std::fs::read_to_string(folder(center).join("cases.toml")).unwrap();
        let cases: toml::Table = text.parse().unwrap();
        let accounts = Deployed::of(center, "04");
        let of_accounts = accounts
            .items()
            .find(|item| item["no"].as_str() == Some("04-03"));
        let of_accounts = of_accounts.unwrap().get("codes");
        assert_eq!(of_accounts.is_some(), is_mapped, "{center}");
        assert_eq!(
            cases["fields"]["id_type"].get("codes"),
            of_accounts,
            "{center}"
        );
    }
}

/// Every pair through the deployed folder, and a value that no map knows.
#[tokio::test]
async fn every_local_value_becomes_its_code_and_an_unknown_one_is_withheld() {
    for system in &SYSTEMS {
        let mut rows: Vec<(String, String, String)> = Vec::new();
        for (no, pairs) in system.pairs() {
            let width = pairs[0].0.split('/').count();
            let unknown = vec!["?"; width].join("/");
            rows.push((
                no.to_owned(),
                format!("={unknown}"),
                "!unknown-code".to_owned(),
            ));
            for (local, code) in pairs {
                rows.push((no.to_owned(), format!("={local}"), code.to_owned()));
            }
        }
        let lines: Vec<Line<'_>> = rows.iter().map(line).collect();
        for center in system.centers {
            through(center, &lines).await;
        }
    }
}

fn line((item, columns, value): &(String, String, String)) -> Line<'_> {
    Line {
        item,
        columns,
        value,
    }
}

/// Where a system writes the standard's own codes, each is taken as it is; anything else is
/// withheld.
#[tokio::test]
async fn standard_codes_are_taken_as_they_are() {
    let catalog = catalog();
    let mut taken = 0;
    for system in &SYSTEMS {
        for center in system.centers {
            let mut rows = Vec::new();
            for class in system.classes(center) {
                for table in class.items().filter(|item| !item.contains_key("codes")) {
                    let no = table["no"].as_str().unwrap();
                    let from = table.get("from").and_then(toml::Value::as_str);
                    let is_column = from.is_some_and(|from| !from.starts_with('@'));
                    let ItemType::Code { set, .. } = &catalog.item(item(no)).unwrap().kind else {
                        continue;
                    };
                    if !is_column {
                        continue;
                    }
                    for (code, _) in catalog.code_set(set).unwrap().entries() {
                        rows.push((no.to_owned(), format!("={code}"), code.to_owned()));
                    }
                    rows.push((no.to_owned(), "=?".to_owned(), "!unknown-code".to_owned()));
                    taken += 1;
                }
            }
            let lines: Vec<Line<'_>> = rows.iter().map(line).collect();
            through(center, &lines).await;
        }
    }
    assert!(taken > 60, "{taken}");
}
