//! A pseudonym of a person as the counts hold it: half as long as its text.

/// Digits of its text.
const DIGITS: usize = 64;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(u128, u128);

impl Pseudonym {
    pub(super) const FIRST: Self = Self(0, 0);
    pub(super) const LAST: Self = Self(u128::MAX, u128::MAX);

    /// Reads what stands in an entry; none where nobody does.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let half = |part: Option<&str>| u128::from_str_radix(part?, 16).ok();
        let fits = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let (first, second) = (text.get(..DIGITS / 2), text.get(DIGITS / 2..));
        half(first)
            .zip(half(second))
            .filter(|_| fits)
            .map(|(first, second)| Self(first, second))
    }

    /// As it stands in entries.
    #[must_use]
    pub fn text(self) -> String {
        format!("{:032x}{:032x}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back() {
        let text = "00ff".repeat(16);
        let read = Pseudonym::read(&text).expect("is one");
        assert_eq!(read.text(), text);
        for wrong in ["", "00ff", &"+0ff".repeat(16), &"00fg".repeat(16)] {
            assert_eq!(Pseudonym::read(wrong), None, "{wrong}");
        }
    }
}
