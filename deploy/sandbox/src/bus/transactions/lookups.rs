//! The further ways in which a mapping looks a class up, turned to the bus like its first. It
//! refuses a way whose statement it does not find as it stands in the file.

use super::{Transaction, call, elements};

/// How a statement stands in a mapping.
const OPENS: &str = "sql = '''\n";
const CLOSES: &str = "'''\n";

/// The mapping with a call in place of every statement of a `[[lookup]]`, and what those then ask.
pub(super) fn turned(mut text: String) -> Result<(String, Vec<Transaction>), &'static str> {
    let mapping: toml::Table = text.parse().map_err(|_| "it is not TOML")?;
    let class = mapping.get("class").and_then(toml::Value::as_str);
    let lookups = mapping.get("lookup").and_then(toml::Value::as_array);
    let mut transactions = Vec::new();
    for lookup in lookups.into_iter().flatten() {
        let text_of = |key: &str| lookup.get(key).and_then(toml::Value::as_str);
        let sql = text_of("sql").ok_or("a `[[lookup]]` has no `sql`")?;
        let kind = text_of("kind").ok_or("a `[[lookup]]` has no `kind`")?;
        let class = class.ok_or("it has no `class`")?;
        let code = format!("QRY{class}-{kind}");
        let parameters = elements(lookup)?;
        let written = format!("{OPENS}{sql}{CLOSES}");
        if text.matches(&written).count() != 1 {
            return Err("a `[[lookup]]` is not written as expected");
        }
        text = text.replacen(&written, &call(&code, &parameters), 1);
        transactions.push(Transaction {
            code,
            sql: sql.to_owned(),
            parameters,
        });
    }
    Ok((text, transactions))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = "class = \"06\"\n\n# By house.\n[[lookup]]\nkind = \"house-contract\"\n\
        forms = [\"house-contract\", \"house-contract:XY\"]\nsql = '''\nSELECT A FROM T\n\
        WHERE C IN (?1, ?2)\n'''\n\n[[item]]\nno = \"06-01\"\nfrom = \"A\"\n";

    #[test]
    fn every_further_way_becomes_a_call_of_its_own() {
        let (text, transactions) = turned(MAPPING.to_owned()).unwrap();
        assert_eq!(
            text,
            "class = \"06\"\n\n# By house.\n[[lookup]]\nkind = \"house-contract\"\n\
             forms = [\"house-contract\", \"house-contract:XY\"]\noperation = \"Query\"\n\
             transaction = \"QRY06-house-contract\"\n\
             parameters = { HOUSECONTRNUM1 = \"{1}\", HOUSECONTRNUM2 = \"{2}\" }\n\n\
             [[item]]\nno = \"06-01\"\nfrom = \"A\"\n"
        );
        let [transaction] = transactions.as_slice() else {
            panic!("one way");
        };
        assert_eq!(transaction.code(), "QRY06-house-contract");
        assert_eq!(transaction.sql(), "SELECT A FROM T\nWHERE C IN (?1, ?2)\n");
        let twice = MAPPING
            .replace("sql = '''\n", "sql = \"\"\"\n")
            .replace("'''", "\"\"\"");
        assert!(turned(twice).is_err(), "written in another way");
    }
}
