//! `tianshu catalog`: what the star can speak about.

mod versions;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use catalog::{Catalog, Class, Item, ItemType, KeyRole, schema};
use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogCommand {
    /// Version, digest and a line for each class.
    Summary,
    /// The items of one class.
    Show {
        /// The class, by number (`04`) or code (`personal-account`).
        class: String,
    },
    /// The whole catalogue in a form for other programs.
    Export {
        /// The form.
        #[arg(long)]
        format: Format,
    },
    /// Every change from one version to another, compatible or breaking. Ends with 0 when peers of
    /// both can work together, 1 when a change is breaking, 2 when a side cannot be read.
    Diff {
        /// The earlier version: a folder with `catalog.toml`, `classes/` and `code-sets/`, or
        /// `builtin`.
        a: String,
        /// The later version.
        b: String,
        /// For other programs.
        #[arg(long)]
        json: bool,
    },
    /// Every fault of a catalogue folder, each with file and line. Ends with 0 when there is none,
    /// 1 when there are some, 2 when the folder cannot be read.
    Check {
        /// The folder.
        folder: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// JSON Schema 2020-12.
    JsonSchema,
}

impl CatalogCommand {
    pub(crate) fn run(self, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        let catalog = Catalog::builtin()?;
        match self {
            Self::Summary => summary(&catalog, out)?,
            Self::Show { class } => {
                let found = class.parse().ok().and_then(|no| catalog.class(no));
                let found = found.or_else(|| catalog.class_by_code(&class));
                show(
                    found.with_context(|| format!("the catalogue has no class `{class}`"))?,
                    out,
                )?;
            }
            Self::Export {
                format: Format::JsonSchema,
            } => {
                serde_json::to_writer_pretty(&mut *out, &schema::json_schema(&catalog))?;
                writeln!(out)?;
            }
            Self::Diff { a, b, json } => return versions::compare(&a, &b, json, out),
            Self::Check { folder } => return versions::check(&folder, out),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn summary(catalog: &Catalog, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "version   {}", catalog.version())?;
    writeln!(out, "digest    {}", catalog.digest())?;
    writeln!(out, "classes   {}", catalog.classes().len())?;
    writeln!(out, "items     {}", catalog.items().count())?;
    writeln!(out, "code sets {}", catalog.code_sets().len())?;
    writeln!(out)?;
    for class in catalog.classes() {
        let (no, code, items) = (class.no, &class.code, class.items.len());
        writeln!(
            out,
            "{no}  {items:>3} items  {code:<28} {} {}",
            class.zh, class.en
        )?;
    }
    Ok(())
}

fn show(class: &Class, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "{}  {}  {} {}",
        class.no, class.code, class.zh, class.en
    )?;
    writeln!(out)?;
    for item in &class.items {
        let (no, code) = (item.no, &item.code);
        let (kind, level) = (type_text(item), item.sensitivity.as_str());
        writeln!(
            out,
            "{no}  {code:<12} {kind:<28} {level}  {:<10} {} {}",
            marks(item),
            item.zh,
            item.en
        )?;
    }
    Ok(())
}

fn type_text(item: &Item) -> String {
    let name = item.kind.name();
    match &item.kind {
        ItemType::Text { len_max } => format!("{name}({len_max})"),
        ItemType::Code {
            set,
            multiple: false,
        } => format!("{name}({set})"),
        ItemType::Code {
            set,
            multiple: true,
        } => format!("{name}({set})*"),
        ItemType::Decimal { precision, scale } => format!("{name}({precision},{scale})"),
        ItemType::Integer { digits } => format!("{name}({digits})"),
        ItemType::Date | ItemType::Month | ItemType::Time | ItemType::Boolean => name.to_owned(),
    }
}

/// Required, and the part an item has in the keys of its class.
fn marks(item: &Item) -> String {
    let mut marks = Vec::new();
    if item.required {
        marks.push("required");
    }
    if let Some(key) = item.key {
        marks.push(match key {
            KeyRole::Record => "key",
            KeyRole::Subject => "subject",
            KeyRole::Reference => "reference",
        });
    }
    marks.join(" ")
}
