//! Addresses that may hold somebody's number. They stay in a browser's history and in links, so
//! none is repeated.

use std::borrow::Cow;

use catalog::identity::{holds_id_number, may_hold_id_number};

/// An address within an address within an address is encoded as often as that.
const ENCODED_MAX: usize = 4;
/// Holds the number of a case, which may be as long as a person's.
const CASE: &str = "case";
/// Hold an address.
const ADDRESSES: [&str; 2] = ["to", "back"];
/// Digits of a question's number and of a pseudonym: what looks like a number in them is chance.
const HEX_DIGITS: [usize; 2] = [32, 64];

/// Whether an identity number may stand in an address, however often it is encoded. The number of a
/// case is judged as the broker judges it: by whether it holds a person's, not by its length.
pub(crate) fn may_name_somebody(address: &str) -> bool {
    may_name(address, ENCODED_MAX)
}

/// `within`: how many addresses within each other are looked into.
fn may_name(address: &str, within: usize) -> bool {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let in_pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let in_value = match key {
            CASE => is_read_as(value, holds_id_number),
            key if ADDRESSES.contains(&key) => match within.checked_sub(1) {
                Some(within) => may_name(&decoded(value), within),
                None => true,
            },
            _ => is_read_as(value, may_be_somebodys),
        };
        in_value || is_read_as(key, may_be_somebodys)
    };
    is_read_as(path, may_be_somebodys) || query.split('&').any(in_pair)
}

/// Whether a text can be read as something that `is` so, decoded any number of times.
fn is_read_as(text: &str, is: fn(&str) -> bool) -> bool {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ENCODED_MAX {
        if is(&text) {
            return true;
        }
        let decoded = decoded(&text);
        if decoded == *text {
            return false;
        }
        text = Cow::Owned(decoded);
    }
    // Nobody of ours writes such an address.
    true
}

fn may_be_somebodys(text: &str) -> bool {
    let mut parts = text.split(|letter: char| !letter.is_alphanumeric());
    parts.any(|part| !is_hex(part) && may_hold_id_number(part))
}

fn is_hex(part: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    HEX_DIGITS.contains(&part.len())
        && part.bytes().all(is_digit)
        && part.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn decoded(text: &str) -> String {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut decoded, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        let pair = match (first, hex(behind.first()), hex(behind.get(1))) {
            (b'%', Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
            _ => None,
        };
        decoded.push(pair.unwrap_or(*first));
        rest = match pair {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => behind,
        };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        for address in [
            "/subject/11010519491231002X",
            "/use/city/11010519491231002x?from=2026-11-01",
            "/catalog?q=110105194912310",
            "/audit?case=%31%31%3010519491231002X",
            "/audit?flow=%31%31%30105194912310021",
            "/audit?110105194912310021=x",
            "/audit?110105194912310021",
            "/sign-in?to=%2Faudit%3Fcase%3D%2531%2531%253010519491231002x",
            "/sign-in?to=%2Faudit%3Fquery%3D%2531%2531%2530105194912310021",
            "/sign-in?to=110105194912310021",
            "/sign-in?to=/audit%3Fcase%3DGG-%2B11010519491231002X%26from%3D1",
            "/language?to=en&back=/sign-in%3Fto%3D%252Fuse%252Fcity%252F110105194912310021",
            "/catalog?q=%EF%BC%91%EF%BC%91%EF%BC%90105194912310021",
            "/v1/acts?before=110105194912310021",
            "/catalog?q=%2525252525252531",
        ] {
            assert!(may_name_somebody(address), "{address}");
        }
    }

    #[test]
    fn what_the_pages_write_names_nobody() {
        let pseudonym = "12345678901234567890abcdef0123456789012345678901234567890123456f";
        for address in [
            "/".to_owned(),
            "/audit?from=2026-11-01T08:00&to=2026-11-30&before=123456789".to_owned(),
            "/audit?query=123456789012345678901234567890ab".to_owned(),
            format!("/subject/{pseudonym}/print?before=9"),
            format!("/language?to=en&back=/subject/{pseudonym}%3Fbefore%3D9"),
            "/catalog?q=100%25".to_owned(),
            "/audit?case=GG-2026-000123".to_owned(),
            "/audit?case=2026112700001234".to_owned(),
            "/audit?case=GG%2F202611270000123456&order=oldest".to_owned(),
            "/sign-in?to=/audit%3Fcase%3D2026112700001234%26from%3D2026-11-27".to_owned(),
            "/language?to=en&back=/sign-in%3Fto%3D/audit%253Fcase%253D2026112700001234".to_owned(),
        ] {
            assert!(!may_name_somebody(&address), "{address}");
        }
    }
}
