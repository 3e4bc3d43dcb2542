//! Text on its way into HTML. Every text goes through here, whoever wrote it; there is no way
//! around it for a text that is known to be harmless.

use std::fmt::{self, Write as _};

/// A text that is safe between tags and inside a quoted attribute.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                hidden if is_hidden(hidden) => out.write_char('\u{FFFD}')?,
                plain => out.write_char(plain)?,
            }
        }
        Ok(())
    }
}

/// Letters that would not be seen but could change how the rest reads: control codes and the marks
/// that turn the direction of writing.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}')
        || matches!(letter, '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// A text cut to a width, with a mark where it was cut.
pub(crate) fn cut(text: &str, columns_max: usize) -> String {
    if columns(text) <= columns_max {
        return text.to_owned();
    }
    let mut used = width('…');
    let kept = text.chars().take_while(|letter| {
        used += width(*letter);
        used <= columns_max
    });
    kept.chain(['…']).collect()
}

/// A text on as many lines as it has itself: the end of a line within an [`Escaped`] text would be
/// shown as a hidden mark.
pub(crate) fn lines(text: &str) -> maud::Markup {
    maud::html! {
        @for line in text.lines() { (Escaped(&line.replace('\t', "    "))) "\n" }
    }
}

/// A text on at most two lines of a width, broken between words where it has words; the second is
/// cut where it has no room.
pub(crate) fn wrapped(text: &str, columns_max: usize) -> Vec<String> {
    if columns(text) <= columns_max {
        return vec![text.to_owned()];
    }
    let mut used = 0;
    let fits = |(_, letter): &(usize, char)| {
        used += width(*letter);
        used <= columns_max
    };
    let filled = text.char_indices().take_while(fits).last();
    let filled = filled.map_or(0, |(at, letter)| at + letter.len_utf8());
    let (full, rest) = text.split_at_checked(filled).unwrap_or((text, ""));
    let is_between = rest.starts_with(' ');
    // A break between words, unless that would leave little of the first line.
    let word = full.rfind(' ').filter(|at| !is_between && at * 2 > filled);
    let (first, second) = word
        .and_then(|at| text.split_at_checked(at))
        .unwrap_or((full, rest));
    vec![first.to_owned(), cut(second.trim_start(), columns_max)]
}

/// How wide a text is drawn. A letter beyond ASCII counts as two columns, as Chinese is drawn.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

const fn width(letter: char) -> usize {
    if letter.is_ascii() { 1 } else { 2 }
}

impl maud::Render for Escaped<'_> {
    fn render_to(&self, buffer: &mut String) {
        // Writing to a text does not fail.
        let _ = write!(buffer, "{self}");
    }
}

#[cfg(test)]
mod tests {
    use super::{columns, cut, lines, wrapped};

    #[test]
    fn a_name_has_two_lines_and_breaks_between_words() {
        let name = "Central Party Organs Sub-center of the Fund";
        assert_eq!(
            wrapped(name, 24),
            ["Central Party Organs", "Sub-center of the Fund"]
        );
        assert_eq!(wrapped("City", 24), ["City"]);
        assert_eq!(wrapped("a b", 1), ["a", "b"]);
        assert_eq!(
            wrapped("中央国家机关分中心", 10),
            ["中央国家机", "关分中心"]
        );
        let long = wrapped(&"x".repeat(99), 24);
        assert_eq!(long, ["x".repeat(24), cut(&"x".repeat(75), 24)]);
        assert!(long.iter().all(|line| columns(line) <= 24));
        assert_eq!(wrapped("中", 1), ["", "…"], "no room at all");
    }

    #[test]
    fn lines_stay_lines_and_markup_stays_text() {
        assert_eq!(lines("a\n\t<b>").into_string(), "a\n    &lt;b&gt;\n");
    }
}
