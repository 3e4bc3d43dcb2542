//! A reply's bytes become a small tree of elements, bounded in depth and number. It refuses DTDs,
//! entities of anybody's making, unknown prefixes, unknown charsets, and documents that end early
//! or go on after their end.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};
use quick_xml::NsReader;
use quick_xml::events::{BytesRef, Event};
use quick_xml::name::ResolveResult;

use crate::translate::SourceError;
use crate::translate::source::Cell;

/// Elements within elements.
const DEPTH_MAX: usize = 16;
/// Elements of one reply: what a full answer of wide rows needs, with room.
const ELEMENTS_MAX: usize = 100_000;
/// The declaration stands within the first bytes.
const DECLARATION_BYTES_MAX: usize = 200;
const SOAP_NAMESPACES: [&str; 2] = [
    "http://schemas.xmlsoap.org/soap/envelope/",
    "http://www.w3.org/2003/05/soap-envelope",
];

/// Whose vocabulary an element belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Soap,
    /// The connector's namespace.
    Own,
    Other,
}

/// One element: its own text, and its children in order.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) space: Space,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

impl Element {
    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }

    pub(super) fn has(&self, space: Space, name: &str) -> bool {
        self.children.iter().any(|one| one.is(space, name))
    }

    /// The one child of that name; none or several are not as agreed.
    pub(super) fn only(&self, space: Space, name: &str) -> Result<&Self, SourceError> {
        let mut found = self.children.iter().filter(|one| one.is(space, name));
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(SourceError::Broken),
        }
    }

    pub(super) fn cell(&self) -> Cell {
        if !self.children.is_empty() || self.text.contains('\u{fffd}') {
            Cell::Undecodable
        } else {
            Cell::Text(self.text.clone())
        }
    }
}

/// The text of a reply in the charset that its head or its declaration names. Bytes that are no
/// text become U+FFFD, which later withholds the value they stand in.
pub(super) fn decoded(bytes: &[u8], stated: &str) -> Result<String, SourceError> {
    let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(bytes) => (bytes, Some(UTF_8)),
        None => (bytes, None),
    };
    let stated = match stated {
        "" => None,
        name => Some(encoding(name)?),
    };
    let declared = declared(bytes)?;
    let named = [marked, stated, declared];
    let first = named.iter().flatten().next().copied().unwrap_or(UTF_8);
    // Where head and declaration disagree, either reading may be the wrong one. GBK is part of
    // GB18030, so those two do agree.
    let family = |one: &'static Encoding| if one == GBK { GB18030 } else { one };
    if named
        .iter()
        .flatten()
        .any(|one| family(one) != family(first))
    {
        return Err(SourceError::Broken);
    }
    let (text, _) = family(first).decode_without_bom_handling(bytes);
    Ok(text.into_owned())
}

fn encoding(name: &str) -> Result<&'static Encoding, SourceError> {
    match name.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" => Ok(UTF_8),
        "gbk" | "gb2312" => Ok(GBK),
        "gb18030" => Ok(GB18030),
        _ => Err(SourceError::Broken),
    }
}

/// The charset of `<?xml … encoding="…"?>`, which is ASCII in every charset that is read.
fn declared(bytes: &[u8]) -> Result<Option<&'static Encoding>, SourceError> {
    let start = bytes
        .get(..bytes.len().min(DECLARATION_BYTES_MAX))
        .unwrap_or_default();
    let end = start.windows(2).position(|pair| pair == b"?>");
    let declaration = end.and_then(|end| start.get(..end)).unwrap_or_default();
    let Some(text) = std::str::from_utf8(declaration).ok() else {
        return Err(SourceError::Broken);
    };
    let Some((_, after)) = text
        .strip_prefix("<?xml")
        .and_then(|text| text.split_once("encoding"))
    else {
        return Ok(None);
    };
    let value = after.trim_start().strip_prefix('=').map(str::trim_start);
    let value = value.and_then(|value| {
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value.get(1..)?.split_once(quote).map(|(name, _)| name)
    });
    encoding(value.ok_or(SourceError::Broken)?).map(Some)
}

/// The root element of `text`, with names judged by namespace.
pub(super) fn parsed(text: &str, own: &str) -> Result<Element, SourceError> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut tree = Tree::default();
    loop {
        let (resolved, event) = reader
            .read_resolved_event()
            .map_err(|_| SourceError::Broken)?;
        match event {
            Event::Start(start) => {
                let space = space(&resolved, own)?;
                let name = start.local_name();
                tree.open(space, name.as_ref())?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => tree.text(&referred(&reference)?)?,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err(SourceError::Broken),
            Event::Empty(_) => return Err(SourceError::Broken),
            Event::Eof => return tree.root(),
        }
    }
}

fn space(resolved: &ResolveResult<'_>, own: &str) -> Result<Space, SourceError> {
    match resolved {
        ResolveResult::Bound(namespace) => {
            let namespace: &str = namespace.as_ref();
            Ok(if SOAP_NAMESPACES.contains(&namespace) {
                Space::Soap
            } else if namespace == own {
                Space::Own
            } else {
                Space::Other
            })
        }
        ResolveResult::Unbound => Ok(Space::Other),
        ResolveResult::Unknown(_) => Err(SourceError::Broken),
    }
}

/// The character behind `&…;`: one of the five that XML has, or one named by its number.
fn referred(reference: &BytesRef<'_>) -> Result<String, SourceError> {
    let numbered = reference
        .resolve_char_ref()
        .map_err(|_| SourceError::Broken)?;
    if let Some(letter) = numbered {
        return Ok(letter.to_string());
    }
    let name = reference.xml10_content();
    let known = quick_xml::escape::resolve_xml_entity(&name);
    known.map(str::to_owned).ok_or(SourceError::Broken)
}

/// The tree while it is being read: the elements that are open, outermost first.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    fn open(&mut self, space: Space, name: &str) -> Result<(), SourceError> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX || self.open.len() == DEPTH_MAX {
            return Err(SourceError::TooLarge);
        }
        if self.root.is_some() || name.contains('\u{fffd}') {
            return Err(SourceError::Broken);
        }
        self.open.push(Element {
            space,
            name: name.to_owned(),
            text: String::new(),
            children: Vec::new(),
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), SourceError> {
        let closed = self.open.pop().ok_or(SourceError::Broken)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => self.root = Some(closed),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), SourceError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(SourceError::Broken),
        }
        Ok(())
    }

    fn root(self) -> Result<Element, SourceError> {
        self.root
            .filter(|_| self.open.is_empty())
            .ok_or(SourceError::Broken)
    }
}
