//! Charts, made on the server as SVG: nothing but geometry and classes is written, the stylesheet
//! has the colours. Every chart says its unit, has a legend where it needs one, begins at zero, and
//! gives the same figures in a table for those who read instead of look.

mod bars;
mod heat;
mod lines;

use maud::{Markup, html};

use crate::escape::Escaped;

pub use bars::{Bar, Bars};
pub use heat::Heat;
pub use lines::{Line, Lines};

/// What a chart is called, and in which unit it counts.
fn heading(title: &str, unit: &str) -> Markup {
    html! { figcaption { strong { (Escaped(title)) } " (" (Escaped(unit)) ")" } }
}

/// The top of an axis that begins at zero: the next 1, 2 or 5 times a power of ten.
fn top_of(highest: f64) -> f64 {
    if !highest.is_finite() || highest <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(highest.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= highest)
        .unwrap_or(highest)
}

/// Most parts of an upright axis.
const PARTS_MAX: u32 = 5;

/// The steps of an axis that begins at zero: how large, and how many. Counts have no half steps.
fn steps_to(highest: f64, are_counts: bool) -> (f64, u32) {
    if !highest.is_finite() || highest <= 0.0 {
        return (1.0, 1);
    }
    let step = top_of(highest / f64::from(PARTS_MAX));
    let step = if are_counts { step.max(1.0) } else { step };
    let parts = (1..PARTS_MAX).find(|parts| f64::from(*parts) * step >= highest * (1.0 - 1e-9));
    (step, parts.unwrap_or(PARTS_MAX))
}

/// Latencies are told apart up to here, in milliseconds; longer ones are infinite.
pub const LATENCY_MAX_MS: f64 = 30_000.0;

/// A latency in milliseconds as people read it.
#[must_use]
pub fn latency(ms: Option<f64>) -> String {
    match ms {
        None => "–".to_owned(),
        Some(ms) if ms == f64::INFINITY => format!("> {LATENCY_MAX_MS:.0}"),
        Some(ms) => readable(ms),
    }
}

/// A latency as a line can draw it: at the upper end, where it is longer than can be told.
pub(crate) fn drawn(ms: Option<f64>) -> Option<f64> {
    ms.map(|ms| ms.min(LATENCY_MAX_MS))
}

/// A number as people read it: three digits that count, and no point behind a large one.
#[must_use]
pub fn readable(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let text = match number.abs() {
        size if size >= 100.0 => return format!("{number:.0}"),
        size if size >= 10.0 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    };
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::language::Language;
    use crate::viewer::{Act, RoleName, Viewer};

    #[test]
    fn a_latency_beyond_what_is_told_apart_says_so() {
        assert_eq!(latency(None), "–");
        assert_eq!(latency(Some(43.0)), "43");
        assert_eq!(latency(Some(LATENCY_MAX_MS)), "30000");
        assert_eq!(latency(Some(f64::INFINITY)), "> 30000");
        assert_eq!(drawn(Some(f64::INFINITY)), Some(LATENCY_MAX_MS));
    }

    /// Somebody in a language who may do what is named.
    pub(crate) fn viewer(language: Language, may: &[Act]) -> Viewer {
        Viewer {
            name: "security-1".to_owned(),
            serial: "0b".to_owned(),
            zh: "安全管理员甲".to_owned(),
            en: "security officer A".to_owned(),
            roles: vec![RoleName::Security],
            may: may.iter().copied().collect(),
            language,
            here: "/".to_owned(),
            token: "token-of-the-session".to_owned(),
        }
    }

    #[test]
    fn an_axis_ends_above_the_highest_value_and_at_a_round_one() {
        for (highest, top) in [
            (0.0, 1.0),
            (f64::NAN, 1.0),
            (0.03, 0.05),
            (1.0, 1.0),
            (1.1, 2.0),
            (37.0, 50.0),
            (501.0, 1000.0),
        ] {
            assert!((top_of(highest) - top).abs() < 1e-9, "{highest}");
        }
    }

    #[test]
    fn an_axis_of_counts_has_whole_steps_only() {
        for (highest, are_counts, expected) in [
            (0.0, true, (1.0, 1)),
            (1.0, true, (1.0, 1)),
            (1.0, false, (0.2, 5)),
            (3.0, true, (1.0, 3)),
            (5.0, true, (1.0, 5)),
            (6.0, true, (2.0, 3)),
            (41.0, true, (10.0, 5)),
            (0.03, false, (0.01, 3)),
            (30_000.0, false, (10_000.0, 3)),
        ] {
            let (step, parts) = steps_to(highest, are_counts);
            assert!((step - expected.0).abs() < 1e-9, "{highest}: {step}");
            assert_eq!(parts, expected.1, "{highest}");
            assert!(step * f64::from(parts) >= highest * (1.0 - 1e-9));
        }
    }

    #[test]
    fn numbers_are_short_and_keep_what_counts() {
        for (number, text) in [
            (0.0, "0"),
            (0.25, "0.25"),
            (12.34, "12.3"),
            (100.0, "100"),
            (1234.5, "1234"),
            (10.0, "10"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(readable(number), text);
        }
    }
}
