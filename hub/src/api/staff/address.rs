//! Addresses that may hold somebody's number. They stay in a browser's history and in links, so
//! none is repeated.

use std::borrow::Cow;

use catalog::identity::may_hold_id_number;

/// An address within an address within an address is encoded as often as that.
const ENCODED_MAX: usize = 4;
/// Digits of a question's number and of a pseudonym: what looks like a number in them is chance.
const HEX_DIGITS: [usize; 2] = [32, 64];

/// Whether an identity number may stand in an address, however often it is encoded.
pub(crate) fn may_name_somebody(address: &str) -> bool {
    let mut address = Cow::Borrowed(address);
    for _ in 0..ENCODED_MAX {
        if parts(&address).any(|part| !is_hex(part) && may_hold_id_number(part)) {
            return true;
        }
        let decoded = decoded(&address);
        if decoded == *address {
            return false;
        }
        address = Cow::Owned(decoded);
    }
    // Nobody of ours writes such an address.
    true
}

fn parts(address: &str) -> impl Iterator<Item = &str> {
    address.split(|letter: char| !letter.is_alphanumeric())
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
            "/audit?case=%31%31%30105194912310021",
            "/audit?110105194912310021=x",
            "/sign-in?to=%2Faudit%3Fcase%3D%2531%2531%2530105194912310021",
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
        ] {
            assert!(!may_name_somebody(&address), "{address}");
        }
    }
}
