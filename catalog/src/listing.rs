//! The catalogue as a page for readers: `CATALOG.md` is this text, and a test proves it current.

use crate::catalog::Catalog;
use crate::code_set::{CodePrefix, CodeSet};
use crate::item::{Class, Item, ItemType};

/// The page in Markdown.
#[must_use]
pub fn markdown(catalog: &Catalog) -> String {
    let items = catalog.items().count();
    let classes = catalog.classes();
    let mut page = vec![
        "# The shared catalogue".to_owned(),
        String::new(),
        "Written from `classes/` and `code-sets/` by the test `the_page_is_current`; set"
            .to_owned(),
        "`UPDATE_GOLDEN=1` to write it anew.".to_owned(),
        String::new(),
        format!(
            "Version {}: {} classes, {items} items, {} code sets.",
            catalog.version(),
            classes.len(),
            catalog.code_sets().len()
        ),
        format!("Digest `{}`.", catalog.digest()),
        String::new(),
        "| no | class | name | items | record key |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    page.extend(classes.iter().map(|class| {
        let key = class.record_key().map_or("", |item| item.code.as_str());
        let name = format!("{} {}", class.zh, class.en);
        format!(
            "| {} | {} | {name} | {} | {key} |",
            class.no,
            class.code,
            class.items.len()
        )
    }));
    for class in classes {
        push_class(&mut page, class);
    }
    page.extend([String::new(), "## Code sets".to_owned()]);
    for set in catalog.code_sets() {
        push_code_set(&mut page, set);
    }
    page.push(String::new());
    page.join("\n")
}

fn push_class(page: &mut Vec<String>, class: &Class) {
    page.extend([
        String::new(),
        format!("## {} {} {}", class.no, class.code, class.zh),
        String::new(),
        "| no | code | name | type | required | key | level | domains | source |".to_owned(),
        "|---|---|---|---|---|---|---|---|---|".to_owned(),
    ]);
    page.extend(class.items.iter().map(item_row));
}

fn item_row(item: &Item) -> String {
    let domains: Vec<_> = item.domains.iter().map(|domain| domain.as_str()).collect();
    let required = match (item.required, item.input_only) {
        (_, true) => "input only",
        (true, false) => "yes",
        (false, false) => "",
    };
    format!(
        "| {} | `{}` | {} `{}` | {} | {required} | {} | {} | {} | {}{} |",
        item.no,
        item.code,
        item.zh,
        item.en,
        kind(item),
        item.key.map_or("", crate::KeyRole::as_str),
        item.sensitivity.as_str(),
        domains.join(", "),
        item.source,
        if item.verified { "" } else { " (not verified)" },
    )
}

fn kind(item: &Item) -> String {
    let mut text = match &item.kind {
        ItemType::Text { len_max } => format!("text {len_max}"),
        ItemType::Code { set, multiple } => {
            let several = if *multiple { "codes" } else { "code" };
            format!("{several} [{set}](#{set})")
        }
        ItemType::Decimal { precision, scale } => format!("decimal {precision},{scale}"),
        ItemType::Integer { digits } => format!("integer {digits}"),
        plain => plain.name().to_owned(),
    };
    let closer = [
        item.format.map(crate::TextFormat::name),
        item.unit.as_deref(),
    ];
    for more in closer.into_iter().flatten() {
        text.push_str(", ");
        text.push_str(more);
    }
    text
}

fn push_code_set(page: &mut Vec<String>, set: &CodeSet) {
    page.extend([
        String::new(),
        format!("### {}", set.name()),
        String::new(),
        format!("{} {}", set.zh(), set.en()),
        String::new(),
    ]);
    page.extend(set.entries().map(|(code, entry)| match &entry.successor {
        Some(successor) => format!("- `{code}` {} (retired, now `{successor}`)", entry.label),
        None => format!("- `{code}` {}", entry.label),
    }));
    if let Some(pattern) = set.pattern() {
        let prefix = match &pattern.prefix {
            CodePrefix::Entry => "any code above".to_owned(),
            CodePrefix::OneOf(texts) => format!("`{}`", texts.join("`, `")),
        };
        let (min, max) = (pattern.digits_min, pattern.digits_max);
        let digits = if min == max {
            min.to_string()
        } else {
            format!("{min} to {max}")
        };
        page.push(format!("- also {prefix} and {digits} digits behind it"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_page_is_current() {
        let page = markdown(&Catalog::builtin().unwrap());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CATALOG.md");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == page,
            "CATALOG.md is not current; run this test with UPDATE_GOLDEN=1"
        );
    }
}
