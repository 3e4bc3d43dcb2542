//! Reading the text that Prometheus scrapes, as far as a count needs it. It refuses to guess: a
//! line that it does not understand counts nothing.

/// The sum of all series of `name` that carry all these labels; 0 when there is none.
#[must_use]
pub fn sum(text: &str, name: &str, labels: &[(&str, &str)]) -> u64 {
    text.lines()
        .filter_map(|line| value(line, name, labels))
        .sum()
}

/// The highest of all series of `name` that carry all these labels; 0 when there is none.
#[must_use]
pub fn highest(text: &str, name: &str, labels: &[(&str, &str)]) -> u64 {
    let values = text.lines().filter_map(|line| value(line, name, labels));
    values.max().unwrap_or(0)
}

fn value(line: &str, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
    let rest = line.strip_prefix(name)?;
    let (carried, number) = match rest.strip_prefix('{') {
        Some(rest) => rest.rsplit_once('}')?,
        None => ("", rest),
    };
    if !number.starts_with(' ') {
        return None;
    }
    let carries = |(key, value): &(&str, &str)| {
        let label = format!("{key}=\"{value}\"");
        carried.split(',').any(|part| part.trim() == label)
    };
    labels.iter().all(carries).then_some(())?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# HELP x_total x\nx_total{a=\"1\",b=\"2\"} 3\nx_total{a=\"2\"} 4\n\
                        x_totally{a=\"1\"} 50\ny 7\n";

    #[test]
    fn series_are_told_apart_and_added_up() {
        assert_eq!(sum(TEXT, "x_total", &[]), 7);
        assert_eq!(sum(TEXT, "x_total", &[("a", "1")]), 3);
        assert_eq!(sum(TEXT, "x_total", &[("a", "1"), ("b", "3")]), 0);
        assert_eq!(sum(TEXT, "y", &[]), 7);
        assert_eq!(sum(TEXT, "x_tot", &[]), 0);
        assert_eq!(highest(TEXT, "x_total", &[]), 4);
        assert_eq!(highest(TEXT, "x_tot", &[]), 0);
    }
}
