//! What the bus can be asked, taken from the mappings that read the same store as a database: the
//! statement becomes the bus's own, and the mapping names the transaction in its place. Everything
//! else of a mapping stays as it was written, so that there is one mapping to keep, not two. It
//! refuses a mapping that it does not understand.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::OPERATION;

mod lookups;

/// The connector that a turned mapping names.
const CONNECTOR: &str = "bus";
const CONNECTORS_FILE: &str = "connectors.toml";
const CASES_FILE: &str = "cases.toml";
/// The table that is replaced, and the one that is left out.
const SOURCE: &str = "[source]\n";
const PREVIEW: &str = "[preview]\n";

/// One question that the bus answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    code: String,
    sql: String,
    parameters: Vec<String>,
}

impl Transaction {
    /// Its code in the header of a request.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The statement on the vendor's store.
    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    /// The elements of a request's body, in the order in which they are bound.
    pub(super) fn parameters(&self) -> &[String] {
        &self.parameters
    }
}

/// Why a mapping cannot be turned to the bus.
#[derive(Debug, thiserror::Error)]
pub enum TransactionError {
    /// A file cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A mapping does not read a database in the usual form.
    #[error("`{}` cannot be asked of the bus: {reason}", path.display())]
    Mapping {
        /// The mapping.
        path: PathBuf,
        /// What is missing.
        reason: &'static str,
    },
}

/// Turns every mapping of a copied folder to the bus; returns what the bus must answer.
///
/// # Errors
/// A file cannot be read or written, or is no mapping of a database.
pub fn take_over(mappings: &Path) -> Result<Vec<Transaction>, TransactionError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| TransactionError::File { path, source }
    };
    let mut transactions = Vec::new();
    for entry in fs::read_dir(mappings).map_err(file(mappings))? {
        let path = entry.map_err(file(mappings))?.path();
        let name = path.file_name().unwrap_or_default();
        if name == CONNECTORS_FILE {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(file(&path))?;
        let unusual = |reason| TransactionError::Mapping {
            path: path.clone(),
            reason,
        };
        let (text, transaction) = turned(&text, name == CASES_FILE).map_err(unusual)?;
        transactions.push(transaction);
        let (text, further) = lookups::turned(text).map_err(unusual)?;
        transactions.extend(further);
        fs::write(&path, text).map_err(file(&path))?;
    }
    Ok(transactions)
}

/// The mapping with another `[source]`, and the transaction that it then asks for.
fn turned(text: &str, is_cases: bool) -> Result<(String, Transaction), &'static str> {
    let mapping: toml::Table = text.parse().map_err(|_| "it is not TOML")?;
    let sql = mapping.get("source").and_then(|source| source.get("sql"));
    let sql = sql.and_then(toml::Value::as_str).ok_or("it has no `sql`")?;
    let (code, parameters) = if is_cases {
        ("QRYCASE".to_owned(), vec!["CASENO".to_owned()])
    } else {
        let class = mapping.get("class").and_then(toml::Value::as_str);
        let class = class.ok_or("it has no `class`")?;
        let subject = mapping.get("subject").ok_or("it has no `[subject]`")?;
        (format!("QRY{class}"), elements(subject)?)
    };
    let (before, after) = around(text, SOURCE).ok_or("nothing stands around `[source]`")?;
    // Samples for a preview are read from a table; a service gives none without a case.
    let after = match around(after, PREVIEW) {
        Some((middle, after)) => format!("{middle}{after}"),
        None => after.to_owned(),
    };
    let call = call(&code, &parameters);
    let source = format!("connector = \"{CONNECTOR}\"\n{call}");
    let transaction = Transaction {
        code,
        sql: sql.to_owned(),
        parameters,
    };
    Ok((format!("{before}{SOURCE}{source}\n{after}"), transaction))
}

/// The keys of a mapping that ask for a transaction.
fn call(code: &str, parameters: &[String]) -> String {
    let places = parameters.iter().zip(1..);
    let places: Vec<_> = places
        .map(|(name, place)| format!("{name} = \"{{{place}}}\""))
        .collect();
    format!(
        "operation = \"{OPERATION}\"\ntransaction = \"{code}\"\nparameters = {{ {} }}\n",
        places.join(", ")
    )
}

/// What stands before a table of a mapping, and what from the next table on.
fn around<'a>(text: &'a str, table: &str) -> Option<(&'a str, &'a str)> {
    let (before, rest) = text.split_once(table)?;
    let next = rest.find("\n[")?;
    Some((before, rest.get(next + 1..)?))
}

/// An element of the request for each spelling of the subject.
fn elements(subject: &toml::Value) -> Result<Vec<String>, &'static str> {
    let forms = subject.get("forms").and_then(toml::Value::as_array);
    let forms = forms.ok_or("it has no `forms`")?.iter().zip(1..);
    let element = |(form, place): (&toml::Value, u32)| match form.as_str() {
        Some("id18") => Ok("CERTINUM".to_owned()),
        Some("id15") => Ok("CERTINUM15".to_owned()),
        Some("credit-code") => Ok("UNISCID".to_owned()),
        Some("house-unit") => Ok("HOUSEUNITNUM".to_owned()),
        Some(form) if form.starts_with("house-contract") => Ok(format!("HOUSECONTRNUM{place}")),
        _ => Err("the bus has no element for one of its `forms`"),
    };
    forms.map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = "# Top.\nclass = \"04\"\n\n[source]\nconnector = \"vendor\"\n\
        sql = '''\nSELECT A FROM T\nWHERE A IN (?1, ?2)\n'''\n\n[subject]\nkind = \"person\"\n\
        forms = [\"id18\", \"id15\"]\n\n[preview]\nsql = \"SELECT A FROM T LIMIT 20\"\n\n\
        [[item]] # stays\nno = \"04-01\"\nfrom = \"A\"\n";

    #[test]
    fn only_the_source_of_a_mapping_changes() {
        let (text, transaction) = turned(MAPPING, false).unwrap();
        assert_eq!(
            text,
            "# Top.\nclass = \"04\"\n\n[source]\nconnector = \"bus\"\noperation = \"Query\"\n\
             transaction = \"QRY04\"\nparameters = { CERTINUM = \"{1}\", CERTINUM15 = \"{2}\" }\n\n\
             [subject]\nkind = \"person\"\nforms = [\"id18\", \"id15\"]\n\n[[item]] # stays\n\
             no = \"04-01\"\nfrom = \"A\"\n"
        );
        assert_eq!(transaction.code(), "QRY04");
        assert_eq!(transaction.sql(), "SELECT A FROM T\nWHERE A IN (?1, ?2)\n");
        assert_eq!(transaction.parameters(), ["CERTINUM", "CERTINUM15"]);
    }

    #[test]
    fn what_is_no_mapping_of_a_database_is_refused() {
        let files = MAPPING.replace("sql = '''", "text = '''");
        let lower = MAPPING.replace("id15", "id18-lower");
        for text in ["", "[[", &files, &lower] {
            assert!(turned(text, false).is_err(), "{text}");
        }
    }
}
