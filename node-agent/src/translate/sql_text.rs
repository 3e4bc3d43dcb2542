//! Statements of a mapping on their way to a database server: placeholders are renamed and the
//! statement is wrapped so that every value arrives as text. No value ever becomes part of a text;
//! what cannot be read without guessing (comments, backslashes) is refused.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

use super::origin::Statement;

/// Longest value, in characters, that is taken over; the catalog has no longer texts.
pub(crate) const CELL_CHARS_MAX: usize = 4_096;
/// Longest name of a column.
const NAME_BYTES_MAX: usize = 256;

/// A statement cut at its placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// The texts around the placeholders: always one more than there are placeholders.
    texts: Vec<String>,
    /// Which bound text each placeholder stands for, counted from 0.
    binds: Vec<usize>,
}

/// What a server accepts in a statement beside literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Postgres,
    MySql,
    /// Any database behind ODBC, where nobody knows which literals it has.
    #[cfg(feature = "odbc")]
    Odbc,
}

impl Pieces {
    /// Cuts a reviewed statement at the placeholders that stand outside of literals.
    pub(crate) fn of(statement: &Statement, tongue: Tongue) -> Result<Self, String> {
        let text = statement.text();
        let mut pieces = Self {
            texts: vec![String::new()],
            binds: Vec::new(),
        };
        let mut open: Option<char> = None;
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            #[cfg(feature = "odbc")]
            if tongue == Tongue::Odbc && open.is_none() {
                odbc_only(pieces.texts.last().map_or("", String::as_str), letter)?;
            }
            match (open, letter) {
                (_, '\\') => return Err("the statement must hold no backslash".to_owned()),
                (Some(quote), _) if letter == quote => open = None,
                (Some(_), _) => {}
                (None, '\'' | '"' | '`') => open = Some(letter),
                (None, '-') if letters.peek() == Some(&'-') => return Err(comment()),
                (None, '/') if letters.peek() == Some(&'*') => return Err(comment()),
                (None, '#') if tongue == Tongue::MySql => return Err(comment()),
                (None, '$') if tongue == Tongue::Postgres => {
                    return Err("the statement must hold no `$` outside of a literal".to_owned());
                }
                (None, '?') => {
                    let mut digits = String::new();
                    while let Some(digit) = letters.next_if(char::is_ascii_digit) {
                        digits.push(digit);
                    }
                    let number = digits.parse::<usize>().ok();
                    let place = number.and_then(|number| number.checked_sub(1));
                    pieces
                        .binds
                        .push(place.ok_or("a placeholder has no number")?);
                    pieces.texts.push(String::new());
                    continue;
                }
                (None, _) => {}
            }
            if let Some(last) = pieces.texts.last_mut() {
                last.push(letter);
            }
        }
        match open {
            None => Ok(pieces),
            Some(quote) => Err(format!("the statement leaves a {quote} open")),
        }
    }

    /// Which bound text each placeholder stands for, counted from 0.
    pub(crate) fn binds(&self) -> &[usize] {
        &self.binds
    }

    /// The statement with its placeholders, counted from 0 by occurrence, spelled anew.
    pub(crate) fn spelled(&self, placeholder: impl Fn(usize) -> String) -> String {
        let mut texts = self.texts.iter();
        let mut whole = texts.next().cloned().unwrap_or_default();
        for (occurrence, text) in texts.enumerate() {
            whole.push_str(&placeholder(occurrence));
            whole.push_str(text);
        }
        whole
    }
}

/// Refuses what some database behind ODBC reads as the beginning of a literal or of a comment, and
/// ODBC's own escapes. `before` is the text before the letter.
#[cfg(feature = "odbc")]
fn odbc_only(before: &str, letter: char) -> Result<(), String> {
    let last = before.chars().next_back();
    let in_word = last.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '#'));
    match letter {
        '#' | '$' if !in_word => Err(format!(
            "the statement must hold no word that begins with `{letter}`"
        )),
        '[' | ']' | '{' | '}' => Err(format!(
            "the statement must hold no `{letter}` outside of a literal"
        )),
        '\'' if matches!(last, Some('q' | 'Q')) => {
            Err("the statement must hold no literal that begins with q".to_owned())
        }
        _ => Ok(()),
    }
}

fn comment() -> String {
    "the statement must hold no comment; the mapping file may".to_owned()
}

/// A column name between the server's own quotes, or nothing for a name that no server gives.
pub(crate) fn quoted(name: &str, quote: char) -> Option<String> {
    let sound = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains('\0');
    let doubled = name.replace(quote, &format!("{quote}{quote}"));
    sound.then(|| format!("{quote}{doubled}{quote}"))
}

/// The reviewed gate to a server. The text is a mapping's statement, which passed
/// [`Statement::reviewed`] and [`Pieces::of`], wrapped in words of this program: values are bound.
pub(crate) fn executable(text: &Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(Arc::clone(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str, tongue: Tongue) -> Result<Pieces, String> {
        Statement::reviewed(text, 3, 1).and_then(|statement| Pieces::of(&statement, tongue))
    }

    #[test]
    fn placeholders_are_renamed_outside_of_literals_only() {
        let text = "SELECT '?1', \"a?2\", `b?3`, 'it''s ?1' FROM T WHERE A IN (?1,?2) OR B = ?1";
        for tongue in [Tongue::Postgres, Tongue::MySql] {
            let pieces = pieces(text, tongue).unwrap();
            assert_eq!(pieces.binds(), [0, 1, 0]);
            assert_eq!(
                pieces.spelled(|n| format!("${}", n + 1)),
                "SELECT '?1', \"a?2\", `b?3`, 'it''s ?1' FROM T WHERE A IN ($1,$2) OR B = $3"
            );
        }
    }

    #[test]
    fn what_would_have_to_be_guessed_is_refused() {
        for text in [
            "SELECT A FROM T WHERE A = ?1 -- don't",
            "SELECT A /* x */ FROM T WHERE A = ?1",
            "SELECT 'it\\'s' FROM T WHERE A = ?1",
            "SELECT A FROM T WHERE A = ?1 AND B = 'open",
        ] {
            assert!(pieces(text, Tongue::Postgres).is_err(), "{text}");
            assert!(pieces(text, Tongue::MySql).is_err(), "{text}");
        }
        let dollar = "SELECT $$?1$$ FROM T WHERE A = ?1";
        assert!(pieces(dollar, Tongue::Postgres).is_err());
        let hash = "SELECT A # ?2\n FROM T WHERE A = ?1";
        assert!(pieces(hash, Tongue::MySql).is_err());
        assert!(pieces("SELECT A->'b' - 1 FROM T WHERE A = ?1", Tongue::Postgres).is_ok());
    }

    #[test]
    fn quotes_in_names_are_doubled() {
        assert_eq!(quoted("a\"b", '"').as_deref(), Some("\"a\"\"b\""));
        assert_eq!(quoted("金额", '`').as_deref(), Some("`金额`"));
        assert_eq!(quoted("", '"'), None);
        assert_eq!(quoted("a\0", '"'), None);
        assert_eq!(quoted(&"x".repeat(NAME_BYTES_MAX + 1), '"'), None);
    }
}
