//! The parts of a heading. Some fields are a text in one kind of entry and an object in another;
//! each of them is read by one type that takes both.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A text that is borrowed from the entry unless it holds an escape.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

struct TextVisitor<'a>(PhantomData<&'a str>);

impl<'de: 'a, 'a> Visitor<'de> for TextVisitor<'a> {
    type Value = Text<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'a>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

/// The asking side; in a folded count only a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker<'a> {
    /// Node.
    pub node: Text<'a>,
    /// Operator.
    pub operator: Text<'a>,
    /// Counter.
    pub counter: Text<'a>,
}

/// The case of a question; in a refusal only its number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseOf<'a> {
    /// Number.
    pub number: Text<'a>,
    /// Flow.
    pub flow: Text<'a>,
    /// Second operator.
    pub approver: Text<'a>,
}

/// What one node gave.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct NodePart<'a> {
    /// The node.
    #[serde(borrow)]
    pub node: Text<'a>,
    /// By class.
    #[serde(borrow)]
    pub classes: Vec<ClassPart<'a>>,
}

/// What one node gave for one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ClassPart<'a> {
    /// Class number.
    #[serde(borrow)]
    pub class: Text<'a>,
    /// Outcome.
    #[serde(borrow)]
    pub outcome: Text<'a>,
    /// Reason's code where there is no answer.
    #[serde(borrow)]
    pub code: Text<'a>,
    /// Records.
    pub records: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AskerFields<'a> {
    #[serde(borrow)]
    node: Text<'a>,
    #[serde(borrow)]
    operator: Text<'a>,
    #[serde(borrow)]
    counter: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CaseFields<'a> {
    #[serde(borrow)]
    number: Text<'a>,
    #[serde(borrow)]
    flow: Text<'a>,
    #[serde(borrow)]
    approver: Text<'a>,
}

impl<'a> From<Text<'a>> for AskerFields<'a> {
    fn from(node: Text<'a>) -> Self {
        Self {
            node,
            ..Self::default()
        }
    }
}

impl<'a> From<Text<'a>> for CaseFields<'a> {
    fn from(number: Text<'a>) -> Self {
        Self {
            number,
            ..Self::default()
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Asker<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let AskerFields {
            node,
            operator,
            counter,
        } = deserializer.deserialize_any(TextOr(PhantomData, PhantomData))?;
        Ok(Self {
            node,
            operator,
            counter,
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for CaseOf<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let CaseFields {
            number,
            flow,
            approver,
        } = deserializer.deserialize_any(TextOr(PhantomData, PhantomData))?;
        Ok(Self {
            number,
            flow,
            approver,
        })
    }
}

/// Takes an object, or a text that stands for one.
struct TextOr<'a, T>(PhantomData<&'a str>, PhantomData<T>);

impl<'de: 'a, 'a, T: Deserialize<'de> + From<Text<'a>>> Visitor<'de> for TextOr<'a, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or an object")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<T, E> {
        Ok(Text(Cow::Borrowed(text)).into())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(Text(Cow::Owned(text.to_owned())).into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map))
    }
}
