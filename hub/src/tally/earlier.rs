//! Which question made a later one a repeat or a coincidence. Asked of the same memory that marked
//! it, so that an alert says what the rule saw; what has left the memory is not found.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use wire::Heading;

use super::pseudonym::Pseudonym;
use super::sightings::Sighting;
use super::{Tally, hash};

/// The later question, as the memory tells questions apart.
struct Asked {
    at: OffsetDateTime,
    person: u32,
    center: u16,
    case: u64,
}

impl Tally {
    /// The newest question before this one by the same operator about the same person on another
    /// case: of that case the first.
    #[must_use]
    pub fn repeated(&self, entry: u64, bytes: &[u8]) -> Option<u64> {
        self.before(entry, bytes, |asked, seen| {
            seen.person == asked.person && seen.case != asked.case
        })
    }

    /// The newest question before this one by another center about the same person, as far back as
    /// a coincidence reaches.
    #[must_use]
    pub fn coincided(&self, entry: u64, bytes: &[u8]) -> Option<u64> {
        let soon = self.measure.coincidence;
        self.before(entry, bytes, move |asked, seen| {
            seen.center != asked.center && asked.at - seen.first <= soon
        })
    }

    fn before(
        &self,
        entry: u64,
        bytes: &[u8],
        is_it: impl Fn(&Asked, &Sighting) -> bool,
    ) -> Option<u64> {
        let heading = Heading::read(bytes)?;
        let center = heading.who.node.as_str();
        let person = self.lines.number_of(center, heading.asking_operator());
        let asked = Asked {
            at: OffsetDateTime::parse(&heading.at, &Rfc3339).ok()?,
            person: person?,
            center: self.lines.center_of(person?),
            case: hash(&(center, heading.case_number())),
        };
        let seen = self.seen.of(Pseudonym::read(&heading.subject)?).iter();
        let fitting = seen.filter(|seen| seen.entry < entry && is_it(&asked, seen));
        fitting.map(|seen| seen.entry).max()
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use crate::tally::tests::Book;

    #[test]
    fn a_repeat_names_the_question_on_another_case_that_it_repeats() {
        let mut book = Book::new();
        let first = book.ask("city/0101", "A", 1, "answered");
        book.ask("city/0101", "B", 2, "");
        book.ask("city/0102", "C", 1, "");
        let repeat = book.ask("city/0101", "D", 1, "");
        let again = book.ask("city/0101", "E", 1, "");
        let repeated = |entry: u64| {
            let bytes = &book.entries[usize::try_from(entry).expect("fits")];
            book.tally.repeated(entry, bytes)
        };
        assert_eq!(repeated(first), None, "nothing was before it");
        assert_eq!(
            repeated(repeat),
            Some(first),
            "another's question is not it"
        );
        assert_eq!(repeated(again), Some(repeat), "the newest");
    }

    #[test]
    fn a_coincidence_names_the_other_centers_question_as_long_as_it_is_near() {
        let mut book = Book::new();
        book.ask("city/0101", "A", 1, "");
        book.at += Duration::minutes(10);
        let theirs = book.ask("tielu/0301", "T", 1, "");
        book.ask("guoguan/0201", "G", 2, "");
        book.at += Duration::minutes(25);
        let soon = book.ask("guoguan/0201", "H", 1, "");
        book.at += Duration::minutes(40);
        let late = book.ask("zhongzhi/0401", "Z", 1, "");
        let coincided = |entry: u64| {
            let bytes = &book.entries[usize::try_from(entry).expect("fits")];
            book.tally.coincided(entry, bytes)
        };
        assert_eq!(coincided(soon), Some(theirs));
        assert_eq!(coincided(late), None, "long after");
        assert_eq!(book.tally.repeated(soon, &book.entries[0]), None);
        assert_eq!(book.tally.coincided(0, b"no entry"), None);
    }
}
