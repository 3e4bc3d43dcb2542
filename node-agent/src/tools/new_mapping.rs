//! `tianshu-agent new-mapping`: a skeleton of a mapping file from the columns of a live table. It
//! guesses nothing: a column is suggested for an item where both have the same pinyin code, and
//! every suggestion is a comment until somebody takes it.

use std::fmt::Write as _;

use anyhow::Context as _;
use catalog::{Catalog, Class, ClassNo, Item, ItemType, KeyRole};

use super::Report;
use crate::config::Config;
use crate::translate::{self, table_columns};

pub(super) async fn run(
    config: &Config,
    connector: &str,
    table: &str,
    class: ClassNo,
) -> anyhow::Result<Report> {
    let catalog = Catalog::builtin()?;
    let class = catalog
        .class(class)
        .context("the catalog has no such class")?;
    let (home, mappings) = (&config.data_home, &config.mappings);
    let columns = table_columns(home, mappings, connector, table, config.local).await?;
    let is_file = translate::has_files(home, mappings, connector)?;
    let mut text = head(class, connector, table, &columns, is_file);
    text.push_str(&lookups(class, table, &columns, is_file));
    for item in class.items.iter().filter(|item| !item.input_only) {
        text.push_str(&suggestion(&catalog, item, &columns));
    }
    text.push_str(&tail(class, &columns));
    Ok(Report::sound(text))
}

fn column_of<'c>(item: &Item, columns: &'c [String]) -> Option<&'c String> {
    columns
        .iter()
        .find(|column| column.eq_ignore_ascii_case(&item.code))
}

fn head(class: &Class, connector: &str, table: &str, columns: &[String], is_file: bool) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# {} {}: from `{table}`.", class.zh, class.en);
    let _ = writeln!(text, "# Its columns: {}", columns.join(", "));
    let _ = writeln!(text, "\nclass = \"{}\"\n\n[source]", class.no);
    let _ = writeln!(text, "connector = \"{connector}\"");
    let subject = class
        .items
        .iter()
        .find(|item| item.key == Some(KeyRole::Subject));
    let key = subject.and_then(|item| column_of(item, columns));
    let key = key.or(columns.first()).map_or("", String::as_str);
    let is_employer =
        subject.is_some_and(|item| item.format == Some(catalog::TextFormat::CreditCode));
    let (kind, forms) = if is_employer {
        ("employer", "[\"credit-code\"]")
    } else {
        ("person", "[\"id18\", \"id15\"]")
    };
    if is_file {
        let _ = writeln!(text, "file = \"{table}\"\n\n[subject]\nkind = \"{kind}\"");
        let _ = writeln!(
            text,
            "# The column that holds the subject's number.\nfield = \"{key}\""
        );
    } else {
        let placeholders = if is_employer { "?1" } else { "?1, ?2" };
        let list = columns.join(", ");
        let _ = writeln!(
            text,
            "# One row per record of the subject; ?1, ?2 are the spellings under [subject].\n\
             sql = '''\nSELECT {list}\nFROM {table}\nWHERE {key} IN ({placeholders})\n'''"
        );
        let _ = writeln!(text, "\n[subject]\nkind = \"{kind}\"\nforms = {forms}");
    }
    text.push('\n');
    text
}

/// The further ways that the columns allow, as comments: by each number of a house.
fn lookups(class: &Class, table: &str, columns: &[String], is_file: bool) -> String {
    let mut text = String::new();
    for (code, kind) in [("bdcdyh", "house-unit"), ("gfhtbh", "house-contract")] {
        let item = class.items.iter().find(|item| item.code == code);
        let Some(column) = item.and_then(|item| column_of(item, columns)) else {
            continue;
        };
        let _ = writeln!(text, "# [[lookup]]\n# kind = \"{kind}\"");
        if is_file {
            let _ = writeln!(text, "# field = \"{column}\"\n");
        } else {
            let list = columns.join(", ");
            let _ = writeln!(
                text,
                "# forms = [\"{kind}\"]\n\
                 # sql = \"SELECT {list} FROM {table} WHERE {column} = ?1\"\n"
            );
        }
    }
    text
}

/// An item with everything that is known of it, and its mapping as a comment.
fn suggestion(catalog: &Catalog, item: &Item, columns: &[String]) -> String {
    let mut text = String::new();
    let required = if item.required {
        "required"
    } else {
        "optional"
    };
    let (no, code, zh, kind) = (item.no, &item.code, &item.zh, item.kind.name());
    let _ = writeln!(text, "# {no} {code} {zh}: {kind}, {required}");
    if let ItemType::Code { set, .. } = &item.kind {
        let labels = catalog
            .code_set(set)
            .into_iter()
            .flat_map(|set| set.entries());
        let labels = labels
            .take(40)
            .map(|(code, entry)| format!("{code} {}", entry.label));
        let labels: Vec<_> = labels.collect();
        let _ = writeln!(text, "#   code set {set}: {}", labels.join(", "));
    }
    let Some(column) = column_of(item, columns) else {
        let _ = writeln!(text, "#   no column has this code\n");
        return text;
    };
    let _ = writeln!(text, "# [[item]]\n# no = \"{no}\"\n# from = \"{column}\"");
    let conversion = match &item.kind {
        ItemType::Date => "date = \"YYYY-MM-DD\"",
        ItemType::Month => "month = \"YYYYMM\"",
        ItemType::Time => "time = \"YYYY-MM-DD HH:MM:SS\"",
        ItemType::Decimal { .. } => "decimal = { unit = \"yuan\" }",
        ItemType::Boolean => "boolean = { true = \"1\", false = \"0\" }",
        ItemType::Text { .. } if item.key == Some(KeyRole::Subject) => "id_number = true",
        ItemType::Text { .. } | ItemType::Code { .. } | ItemType::Integer { .. } => "",
    };
    if !conversion.is_empty() {
        let _ = writeln!(text, "# {conversion}");
    }
    text.push('\n');
    text
}

/// What stays unmapped must be said: the optional items that no column has.
fn tail(class: &Class, columns: &[String]) -> String {
    let unheld = class
        .items
        .iter()
        .filter(|item| item.input_only || (!item.required && column_of(item, columns).is_none()));
    let unheld: Vec<_> = unheld.map(|item| format!("\"{}\"", item.no)).collect();
    format!("[not_held]\nitems = [{}]\n", unheld.join(", "))
}
