//! Bytes of a local system become text. Fields are cut out of their line as bytes before they come
//! here, because local lengths count bytes; bytes that are not text in the named charset are
//! reported, never replaced.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

/// The charsets a connector may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Gbk,
    /// GBK even where the bytes would be UTF-8 too. Only for databases.
    GbkOnly,
    Gb18030,
    /// GBK bytes that a careless copy took for code page 850 and stored as the signs of that page.
    /// Only for databases, whose values come one by one.
    GbkInCp850,
}

/// The signs of code page 850 for the bytes 0x80 to 0xFF, as Unicode's CP850.TXT gives them.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

impl Charset {
    /// The names that a connector may write, as a fault lists them.
    pub(crate) const NAMES: &str = "utf-8, gbk, gb18030; databases also gbk-only, gbk-in-cp850";

    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "utf-8" => Some(Self::Utf8),
            "gbk" => Some(Self::Gbk),
            "gbk-only" => Some(Self::GbkOnly),
            "gb18030" => Some(Self::Gb18030),
            "gbk-in-cp850" => Some(Self::GbkInCp850),
            _ => None,
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk | Self::GbkOnly | Self::GbkInCp850 => GBK,
            Self::Gb18030 => GB18030,
        }
    }

    /// The text of one value that the database itself gives as text, so that its bytes are UTF-8
    /// and nothing else. `older` matters only where that text is not what it seems.
    pub(crate) fn of_text(older: Option<Self>, bytes: Vec<u8>) -> Option<String> {
        let text = String::from_utf8(bytes).ok()?;
        match older {
            Some(Self::GbkInCp850) => out_of_cp850(text),
            _ => Some(text),
        }
    }

    /// The text of one value of which the database only knows the bytes. `older` is what rows hold
    /// that are not UTF-8, or not what they seem.
    ///
    /// Some names in GBK (魏伟, 学校) are letters in UTF-8 too, all below U+0800: Latin, Greek,
    /// Cyrillic. Where bytes can be read both ways they are the name, if they are Han characters
    /// and nothing else in GBK, and no text otherwise.
    pub(crate) fn of_value(older: Option<Self>, bytes: Vec<u8>) -> Option<String> {
        let Some(older) = older else {
            return String::from_utf8(bytes).ok();
        };
        if older == Self::GbkOnly {
            return older.decode(&bytes);
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return older.decode(error.as_bytes()),
        };
        let short = !text.is_ascii() && text.chars().all(|sign| sign < '\u{800}');
        let other = match older {
            Self::Gbk | Self::Gb18030 | Self::GbkInCp850 if short => older.decode(text.as_bytes()),
            _ => None,
        };
        match (other, older) {
            (None, Self::GbkInCp850) => out_of_cp850(text),
            (None, _) => Some(text),
            // A third reading, as signs of the code page, leaves nothing certain.
            (Some(_), Self::GbkInCp850) if out_of_cp850(text.clone()) != Some(text) => None,
            (Some(other), _) => is_han(&other).then_some(other),
        }
    }

    /// The text, or `None` when any byte sequence is cut or unknown in this charset.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<String> {
        if bytes.is_ascii() {
            return std::str::from_utf8(bytes).ok().map(str::to_owned);
        }
        let (text, had_errors) = self.encoding().decode_without_bom_handling(bytes);
        // An U+FFFD without an error is one the source itself stored: the damage happened earlier.
        (!had_errors && !text.contains('\u{fffd}')).then(|| text.into_owned())
    }

    /// The bytes of a text, or `None` when this charset lacks a character of it.
    #[cfg(feature = "odbc")]
    pub(crate) fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (bytes, _, had_errors) = self.encoding().encode(text);
        (!had_errors).then(|| bytes.into_owned())
    }

    /// The text of a whole file without its byte order mark, U+FFFD wherever bytes are no text.
    pub(crate) fn decode_marking(self, bytes: &[u8]) -> String {
        let (text, _) = self.encoding().decode_without_bom_handling(bytes);
        match text.strip_prefix('\u{feff}') {
            Some(bare) => bare.to_owned(),
            None => text.into_owned(),
        }
    }
}

/// Reads `text` back out of code page 850 where it cannot be anything but GBK bytes, leaves it
/// where it cannot be such bytes, and gives `None` where it could be either.
///
/// The sign of such bytes is a pair of signs of the page that is no pair of letters: `ı┼` (张) is in
/// no name. A pair of letters (`é` and `e` of `Renée` are a Chinese character too) tells nothing.
fn out_of_cp850(text: String) -> Option<String> {
    let Some(bytes) = cp850_bytes(&text).filter(|_| !text.is_ascii()) else {
        return Some(text);
    };
    let Some(read) = Charset::Gbk.decode(&bytes) else {
        // A frame in a text that is no GBK is one half of a character that was cut.
        return (!text.chars().any(is_frame)).then_some(text);
    };
    let signs: Vec<char> = text.chars().collect();
    let mut rest = signs.as_slice();
    while let [first, second, ..] = rest {
        if first.is_ascii() {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let are_letters = first.is_alphanumeric() && second.is_alphanumeric();
        if !second.is_ascii() && !are_letters {
            return Some(read);
        }
        rest = rest.get(2..).unwrap_or_default();
    }
    None
}

/// The bytes of a text in code page 850; nothing when it has a character of no such byte.
fn cp850_bytes(text: &str) -> Option<Vec<u8>> {
    let byte = |sign: char| match u8::try_from(sign) {
        Ok(ascii @ ..0x80) => Some(ascii),
        _ => (0x80..=0xff)
            .zip(CP850.chars())
            .find_map(|(byte, known)| (known == sign).then_some(byte)),
    };
    text.chars().map(byte).collect()
}

/// Whether a text is Han characters and blanks, and nothing else.
fn is_han(text: &str) -> bool {
    let han = |sign| {
        matches!(sign, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
    };
    text.trim_matches(' ').chars().all(han)
}

/// The lines, corners and blocks that the page has for drawing on a terminal.
const fn is_frame(sign: char) -> bool {
    matches!(sign, '\u{2500}'..='\u{25a0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GBK bytes as somebody stored them who took them for code page 850.
    fn mistaken(text: &str) -> String {
        let (bytes, _, unmappable) = GBK.encode(text);
        assert!(!unmappable);
        let sign = |byte: &u8| match byte {
            0x80.. => CP850.chars().nth(usize::from(*byte) - 0x80).unwrap(),
            ascii => char::from(*ascii),
        };
        bytes.iter().map(sign).collect()
    }

    fn value(text: &str) -> Option<String> {
        Charset::of_text(Some(Charset::GbkInCp850), text.as_bytes().to_vec())
    }

    #[test]
    fn the_page_is_complete_and_gives_every_byte_back() {
        assert_eq!(CP850.chars().count(), 128);
        // Places that Unicode's table states.
        for (sign, byte) in [
            ('Ç', 0x80),
            ('ƒ', 0x9f),
            ('└', 0xc0),
            ('ı', 0xd5),
            ('ß', 0xe1),
        ] {
            assert_eq!(cp850_bytes(&sign.to_string()), Some(vec![byte]));
        }
        let bytes: Vec<u8> = (0x80..=0xff).collect();
        assert_eq!(cp850_bytes(CP850), Some(bytes));
        assert_eq!(cp850_bytes("张"), None);
        assert_eq!(cp850_bytes("\u{ff}\u{100}"), None);
    }

    #[test]
    fn gbk_that_was_taken_for_the_page_is_read_back() {
        assert_eq!(mistaken("张三"), "ı┼╚²");
        for text in [
            "张三",
            "李四",
            "朱镕基",
            "北京市东城区1号A座",
            "王　五",
            "阿迪力·买买提",
        ] {
            assert_eq!(value(&mistaken(text)).as_deref(), Some(text));
        }
        let padded = format!("{}      ", mistaken("张三"));
        assert_eq!(value(&padded).as_deref(), Some("张三      "));
    }

    #[test]
    fn what_cannot_be_such_bytes_stays_as_it_is() {
        for text in [
            "",
            "Smith",
            "张三",
            "阿迪力·买买提",
            "José",
            "3×5",
            "25°",
            "é",
            "张ı┼",
        ] {
            assert_eq!(value(text).as_deref(), Some(text), "{text}");
        }
        let plain = GBK.encode("张三").0.into_owned();
        let read = Charset::of_value(Some(Charset::GbkInCp850), plain);
        assert_eq!(
            read.as_deref(),
            Some("张三"),
            "plain GBK beside it is read too"
        );
    }

    #[test]
    fn what_could_be_either_or_was_cut_is_nothing() {
        let mut cut = mistaken("张三");
        cut.pop();
        for text in ["Renée", "Müñoz", "ÁÓ", "Ali·Mehmet", cut.as_str()] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_named_charset_looks_for_it() {
        let stored = mistaken("张三");
        for older in [None, Some(Charset::Gbk), Some(Charset::Gb18030)] {
            let read = Charset::of_value(older, stored.clone().into_bytes());
            assert_eq!(read, Some(stored.clone()));
        }
    }

    /// Names whose bytes in GBK are Greek, Cyrillic or Latin letters in UTF-8.
    const NAMES_IN_TWO_WAYS: [&str; 7] = ["魏伟", "薛伟", "薛雪", "魏巍", "韦伟", "学校", "路"];

    #[test]
    fn gbk_names_never_become_greek_or_cyrillic() {
        for name in NAMES_IN_TWO_WAYS {
            let bytes = GBK.encode(name).0.into_owned();
            assert!(
                String::from_utf8(bytes.clone()).is_ok(),
                "{name} is no case"
            );
            let padded = [bytes.as_slice(), b"    "].concat();
            for older in [
                Charset::Gbk,
                Charset::GbkOnly,
                Charset::Gb18030,
                Charset::GbkInCp850,
            ] {
                let read = Charset::of_value(Some(older), bytes.clone());
                assert_eq!(read.as_deref(), Some(name), "{older:?}");
                let read = Charset::of_value(Some(older), padded.clone());
                let expected = format!("{name}    ");
                assert_eq!(read, Some(expected), "{older:?}, padded");
            }
        }
    }

    #[test]
    fn what_reads_both_ways_and_is_no_name_is_nothing() {
        for text in ["José", "3×5", "25°", "Ω1"] {
            let bytes = text.as_bytes().to_vec();
            assert!(Charset::Gbk.decode(&bytes).is_some(), "{text} is no case");
            for older in [Charset::Gbk, Charset::Gb18030, Charset::GbkInCp850] {
                let read = Charset::of_value(Some(older), bytes.clone());
                assert_eq!(read, None, "{text} as {older:?}");
            }
            let read = Charset::of_value(None, bytes);
            assert_eq!(read.as_deref(), Some(text), "no other charset is named");
        }
        let three_ways = "ÁÓ".as_bytes().to_vec();
        assert_eq!(
            Charset::of_value(Some(Charset::GbkInCp850), three_ways),
            None
        );
    }

    #[test]
    fn utf_8_that_is_no_gbk_or_has_other_signs_stays_as_it_is() {
        for text in ["", "Smith", "张三", "阿迪力·买买提", "2×3 米"] {
            for older in [None, Some(Charset::Gbk), Some(Charset::Gb18030)] {
                let read = Charset::of_value(older, text.as_bytes().to_vec());
                assert_eq!(read.as_deref(), Some(text), "{older:?}");
            }
        }
    }

    #[test]
    fn what_a_database_calls_text_is_text() {
        for text in ["κΰ", "José", "ѧУ"] {
            for older in [None, Some(Charset::Gbk), Some(Charset::GbkOnly)] {
                let read = Charset::of_text(older, text.as_bytes().to_vec());
                assert_eq!(read.as_deref(), Some(text), "{older:?}");
            }
        }
        let gbk = GBK.encode("张三").0.into_owned();
        assert_eq!(Charset::of_text(Some(Charset::Gbk), gbk), None);
    }

    #[test]
    fn gbk_only_never_tries_anything_else() {
        let read = |bytes: &[u8]| Charset::of_value(Some(Charset::GbkOnly), bytes.to_vec());
        assert_eq!(read(&[0xd5, 0xc5]).as_deref(), Some("张"));
        assert_eq!(read("张三".as_bytes()).as_deref(), Some("寮犱笁"));
        assert_eq!(read("张".as_bytes()), None);
        assert_eq!(read(b"Smith").as_deref(), Some("Smith"));
    }
}
