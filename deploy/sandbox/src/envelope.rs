//! The envelope in which a service bus speaks: what is read of a request, and the reply around its
//! rows. It reads no more XML than its one caller, the agent, writes.

/// The text of the request's one element of this name, as it stands in the XML.
pub(crate) fn within<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = request.split_once(&format!("<m:{name}>"))?;
    after
        .split_once(&format!("</m:{name}>"))
        .map(|(text, _)| text)
}

/// The text that stands behind what [`escaped`] wrote.
pub(crate) fn unescaped(text: &str) -> String {
    // The ampersand comes last: what it gives must not be read again.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// Text as XML holds it; what XML cannot hold at all is marked as unreadable.
pub(crate) fn escaped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            letter if letter.is_control() => whole.push(char::REPLACEMENT_CHARACTER),
            letter => whole.push(letter),
        }
    }
    whole
}

/// What a reply is written from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reply<'a> {
    pub(crate) charset: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) operation: &'a str,
    pub(crate) transaction: &'a str,
    pub(crate) serial: &'a str,
    pub(crate) code: &'a str,
    /// Rows as [`row`] writes them.
    pub(crate) rows: &'a str,
}

impl Reply<'_> {
    /// The whole reply.
    pub(crate) fn text(self) -> String {
        let Self {
            charset,
            namespace,
            operation,
            transaction,
            serial,
            code,
            rows,
        } = self;
        format!(
            "<?xml version=\"1.0\" encoding=\"{charset}\"?>\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <q:{operation}Response xmlns:q=\"{namespace}\"><q:Header>\
             <q:TransCode>{transaction}</q:TransCode><q:Serial>{serial}</q:Serial>\
             <q:ReturnCode>{code}</q:ReturnCode></q:Header><q:Body>{rows}</q:Body>\
             </q:{operation}Response></soap:Body></soap:Envelope>"
        )
    }
}

/// One row: an element for each column.
pub(crate) fn row<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut whole = String::from("<q:Row>");
    for (name, text) in columns {
        let text = escaped(text);
        whole.push_str(&format!("<q:{name}>{text}</q:{name}>"));
    }
    whole.push_str("</q:Row>");
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives_the_way_through_xml() {
        for text in ["张 & <李>", "&amp;lt;", "a\"b'c", ""] {
            assert_eq!(unescaped(&escaped(text)), text);
        }
        assert_eq!(unescaped("&quot;&apos;"), "\"'");
        assert_eq!(escaped("a\u{1}b"), "a\u{fffd}b");
    }

    #[test]
    fn one_element_of_a_request_is_read() {
        let request = "<m:H><m:A>1</m:A></m:H><m:AB>2</m:AB>";
        assert_eq!(within(request, "A"), Some("1"));
        assert_eq!(within(request, "AB"), Some("2"));
        assert_eq!(within(request, "B"), None);
    }
}
