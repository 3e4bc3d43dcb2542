//! Who asks where for what: persons and lines by number, so that counts are small.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use wire::Heading;

/// Lines in all; whoever comes later is counted under a center's line without a name.
const LINES_MAX: usize = 65_536;
/// Lines of one center, so that no center takes the others' place.
const LINES_OF_CENTER_MAX: usize = 16_384;

/// A person of a center.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The center's node.
    pub center: String,
    /// The operator, in small letters; empty where there was no room for another name.
    pub operator: String,
}

/// A person at a counter with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// Number of the person.
    pub person: u32,
    /// The counter; empty where there was no room for another line.
    pub counter: String,
    /// The flow.
    pub flow: String,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Lines {
    persons: Vec<Person>,
    person_of: HashMap<Arc<(String, String)>, u32>,
    lines: Vec<Line>,
    line_of: HashMap<Line, u32>,
    /// Lines by center.
    taken: HashMap<String, usize>,
    centers: Vec<String>,
}

impl Lines {
    /// The line and the person of an entry.
    pub fn of(&mut self, heading: &Heading<'_>) -> (u32, u32) {
        let center = heading.who.node.as_str();
        let operator = heading.asking_operator().to_ascii_lowercase();
        let has_room = self.has_room(center);
        let person = self.person(center, operator, has_room);
        let line = Line {
            person,
            counter: heading.asking_counter().to_owned(),
            flow: heading.flow_code().to_owned(),
        };
        if let Some(number) = self.line_of.get(&line) {
            return (*number, person);
        }
        if has_room {
            return (self.add(center, line), person);
        }
        let person = self.person(center, String::new(), true);
        let nameless = Line {
            person,
            counter: String::new(),
            flow: String::new(),
        };
        let known = self.line_of.get(&nameless).copied();
        (known.unwrap_or_else(|| self.add(center, nameless)), person)
    }

    fn has_room(&self, center: &str) -> bool {
        let of_center = self.taken.get(center).copied().unwrap_or_default();
        self.lines.len() < LINES_MAX && of_center < LINES_OF_CENTER_MAX
    }

    fn add(&mut self, center: &str, line: Line) -> u32 {
        let number = count(self.lines.len());
        self.lines.push(line.clone());
        self.line_of.insert(line, number);
        *self.taken.entry(center.to_owned()).or_default() += 1;
        number
    }

    fn person(&mut self, center: &str, operator: String, has_room: bool) -> u32 {
        let name = Arc::new((center.to_owned(), operator));
        if let Some(number) = self.person_of.get(&name) {
            return *number;
        }
        if !has_room && !name.1.is_empty() {
            return self.person(center, String::new(), true);
        }
        if !self.centers.iter().any(|known| known == center) {
            self.centers.push(center.to_owned());
        }
        let number = count(self.persons.len());
        self.persons.push(Person {
            center: name.0.clone(),
            operator: name.1.clone(),
        });
        self.person_of.insert(name, number);
        number
    }

    /// Whether anybody of the center was counted.
    #[must_use]
    pub fn is_known(&self, center: &str) -> bool {
        self.centers.iter().any(|known| known == center)
    }

    /// The number of a person's center.
    #[must_use]
    pub fn center_of(&self, person: u32) -> u16 {
        let center = self.person_at(person);
        let number = center.and_then(|person| self.number_of_center(&person.center));
        number.unwrap_or(u16::MAX)
    }

    /// The number of a center of whose staff somebody was counted.
    #[must_use]
    pub fn number_of_center(&self, center: &str) -> Option<u16> {
        let number = self.centers.iter().position(|known| known == center)?;
        u16::try_from(number).ok()
    }

    /// A line by its number.
    #[must_use]
    pub fn line(&self, number: u32) -> Option<&Line> {
        self.lines.get(usize::try_from(number).ok()?)
    }

    /// A person by number.
    #[must_use]
    pub fn person_at(&self, number: u32) -> Option<&Person> {
        self.persons.get(usize::try_from(number).ok()?)
    }

    /// The number of a person.
    #[must_use]
    pub fn number_of(&self, center: &str, operator: &str) -> Option<u32> {
        let name = (center.to_owned(), operator.to_ascii_lowercase());
        self.person_of.get(&name).copied()
    }

    /// Flows that were used, in order.
    #[must_use]
    pub fn flows(&self) -> BTreeSet<&str> {
        let flows = self.lines.iter().map(|line| line.flow.as_str());
        flows.filter(|flow| !flow.is_empty()).collect()
    }

    /// How many lines there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// INVARIANT: bounded by `LINES_MAX` and a few for each center.
fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
