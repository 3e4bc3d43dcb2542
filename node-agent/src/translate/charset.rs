//! Bytes of a local system become text. Fields are cut out of their line as bytes before they come
//! here, because local lengths count bytes; bytes that are not text in the named charset are
//! reported, never replaced.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

/// The charsets a connector may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    Gbk,
    Gb18030,
}

impl Charset {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "utf-8" => Some(Self::Utf8),
            "gbk" => Some(Self::Gbk),
            "gb18030" => Some(Self::Gb18030),
            _ => None,
        }
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk => GBK,
            Self::Gb18030 => GB18030,
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

    /// The text of a whole file without its byte order mark, U+FFFD wherever bytes are no text.
    pub(crate) fn decode_marking(self, bytes: &[u8]) -> String {
        let (text, _) = self.encoding().decode_without_bom_handling(bytes);
        match text.strip_prefix('\u{feff}') {
            Some(bare) => bare.to_owned(),
            None => text.into_owned(),
        }
    }
}
