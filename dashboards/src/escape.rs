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

/// A text cut to a width, with a mark where it was cut. A letter beyond ASCII counts as two
/// columns, as Chinese is drawn.
pub(crate) fn cut(text: &str, columns_max: usize) -> String {
    let width = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    if text.chars().map(width).sum::<usize>() <= columns_max {
        return text.to_owned();
    }
    let mut used = width('…');
    let kept = text.chars().take_while(|letter| {
        used += width(*letter);
        used <= columns_max
    });
    kept.chain(['…']).collect()
}

impl maud::Render for Escaped<'_> {
    fn render_to(&self, buffer: &mut String) {
        // Writing to a text does not fail.
        let _ = write!(buffer, "{self}");
    }
}
