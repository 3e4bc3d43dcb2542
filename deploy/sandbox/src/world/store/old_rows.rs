//! Rows from before a center's migration: names in GBK bytes inside a database that calls itself
//! UTF-8, and at 国管 names whose GBK bytes somebody took for code page 850. It refuses names that
//! no reader could tell from another one: GBK bytes that are UTF-8 by chance, and signs of the page
//! that are nothing but pairs of letters.

use encoding_rs::GBK;
use sqlx::sqlite::SqliteConnection;

use super::super::facts::Facts;
use super::super::node::Node;

/// Accounts opened so many years before the world's day are old.
const OLD_AFTER_YEARS: i32 = 15;
/// One of so many old rows was never converted.
const UNCONVERTED_ONE_IN: u64 = 4;
/// At 国管, one of so many old rows was converted from the wrong page.
const MISTAKEN_ONE_IN: u64 = 8;
/// The signs of code page 850 for the bytes 0x80 to 0xFF.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// Respells the names of some old accounts; `sql` takes the bytes and the account number.
pub(super) async fn respell(
    db: &mut SqliteConnection,
    facts: &Facts,
    node: Node,
    sql: &'static str,
) -> Result<(), sqlx::Error> {
    let old = facts.accounts_at(node).filter(|account| {
        account.opened.year() <= facts.as_of.year() - OLD_AFTER_YEARS
            && account.serial % UNCONVERTED_ONE_IN == 0
    });
    for account in old {
        let name = &account.person.name;
        let is_mistaken = node == Node::Guoguan && account.serial % MISTAKEN_ONE_IN == 0;
        let bytes = if is_mistaken {
            mistaken(name).map(String::into_bytes)
        } else {
            gbk(name)
        };
        if let Some(bytes) = bytes {
            sqlx::query(sql)
                .bind(bytes)
                .bind(&account.number)
                .execute(&mut *db)
                .await?;
        }
    }
    Ok(())
}

/// The name in GBK; nothing when GBK lacks a character or the bytes would pass for UTF-8.
pub(crate) fn gbk(name: &str) -> Option<Vec<u8>> {
    let (bytes, _, unmappable) = GBK.encode(name);
    (!unmappable && std::str::from_utf8(&bytes).is_err()).then(|| bytes.into_owned())
}

/// The name as it stands after its GBK bytes were taken for code page 850; nothing when GBK lacks a
/// character, or when the signs could be letters of a foreign name.
pub(crate) fn mistaken(name: &str) -> Option<String> {
    let (bytes, _, unmappable) = GBK.encode(name);
    let sign = |byte: &u8| match byte.checked_sub(0x80) {
        None => Some(char::from(*byte)),
        Some(place) => CP850.chars().nth(usize::from(place)),
    };
    let signs: Vec<char> = bytes.iter().map(sign).collect::<Option<_>>()?;
    let tells = |pair: &[char]| {
        let is_high = pair.iter().all(|sign| !sign.is_ascii());
        is_high && pair.iter().any(|sign| !sign.is_alphanumeric())
    };
    // Only names of two-byte characters: their pairs stand at even places.
    let is_told = !bytes.iter().any(u8::is_ascii) && signs.chunks(2).any(tells);
    (!unmappable && is_told).then(|| signs.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistaken_name_is_told_from_a_foreign_one_or_not_written() {
        assert_eq!(mistaken("张三").as_deref(), Some("ı┼╚²"));
        assert_eq!(mistaken("李四").as_deref(), Some("└¯╦─"));
        assert_eq!(mistaken("Smith"), None);
        assert_eq!(mistaken("𠮷"), None);
        assert_eq!(mistaken("掂"), None, "ÁÓ are letters");
    }
}
