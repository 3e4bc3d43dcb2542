//! Moments as people read them.

use maud::{Markup, html};

use crate::escape::Escaped;

/// Length of `2026-11-23T10:00:00`.
const SECOND_BYTES: usize = 19;

/// A moment of an entry, to the second; the whole of it is in the markup.
pub(super) fn moment(at: &str) -> Markup {
    let second = at.get(..SECOND_BYTES).unwrap_or(at).replace('T', " ");
    html! { time datetime=(Escaped(at)) title=(Escaped(at)) { (Escaped(&second)) } }
}

/// A number of entries with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_moment_is_shown_to_the_second() {
        let shown = moment("2026-11-23T10:00:00.5+08:00").into_string();
        assert!(shown.contains(">2026-11-23 10:00:00<"), "{shown}");
        assert!(moment("<b>").into_string().contains("&lt;b&gt;"));
    }
}
