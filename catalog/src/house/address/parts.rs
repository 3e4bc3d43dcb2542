//! The parts of an address. It takes apart only what has each part at most once and in order;
//! anything else has no parts.

use super::HouseMatch;

/// Words after a building's number, longest first.
const BUILDING: [&str; 7] = ["号楼", "号栋", "号幢", "楼", "栋", "幢", "座"];
/// Words after a unit's number.
const UNIT: [&str; 2] = ["单元", "门"];
/// Words after a floor's number.
const FLOOR: [&str; 2] = ["层", "楼层"];
/// Words after a room's number.
const ROOM: [&str; 3] = ["号房", "室", "房"];
/// Words after the number of a plot on its road.
const PLOT: [&str; 2] = ["号院", "号"];
/// Signs that stand between parts in some spellings only.
const SEPARATORS: [char; 6] = [',', '、', '(', ')', '·', '.'];
/// Most signs of the name of a city or district.
const PLACE_CHARS_MAX: usize = 8;

/// The parts of an address that was taken apart.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Parts {
    city: Option<String>,
    district: Option<String>,
    road: String,
    plot: Option<String>,
    building: Option<String>,
    unit: Option<String>,
    floor: Option<String>,
    room: Option<String>,
}

impl Parts {
    /// The parts of a text without blanks, in one width, with numerals as digits.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !SEPARATORS.contains(c)).collect();
        let (city, rest) = city_of(&text);
        let (district, rest) = district_of(rest);
        let mut parts = Self {
            city,
            district,
            ..Self::default()
        };
        parts.read(rest)?;
        (!parts.road.is_empty()).then_some(parts)
    }

    /// Reads road, plot, building, unit, floor and room.
    fn read(&mut self, mut rest: &str) -> Option<()> {
        let mut bare: Vec<String> = Vec::new();
        while !rest.is_empty() {
            let (name, from_number) = rest.split_at(rest.find(is_of_number).unwrap_or(rest.len()));
            let length = from_number.find(|sign| !is_of_number(sign));
            let (number, after) = from_number.split_at(length.unwrap_or(from_number.len()));
            if self.is_on_the_road() && bare.is_empty() {
                self.road.push_str(name);
            } else if !["", "-"].contains(&name) {
                // After a part only a dash may stand, as in 1号楼-2-101.
                return None;
            }
            rest = self.number(number, after, &mut bare)?;
        }
        self.assign(bare)
    }

    /// Whether road is all that was read so far.
    const fn is_on_the_road(&self) -> bool {
        self.plot.is_none()
            && self.building.is_none()
            && self.unit.is_none()
            && self.floor.is_none()
            && self.room.is_none()
    }

    /// Takes one number for what the word after it says, and returns what follows.
    fn number<'t>(
        &mut self,
        number: &str,
        after: &'t str,
        bare: &mut Vec<String>,
    ) -> Option<&'t str> {
        if number.is_empty() {
            return Some(after);
        }
        let number = without_zeros(number);
        if let Some(rest) = after_word(after, &BUILDING) {
            let is_first = bare.is_empty() && self.unit.is_none() && self.room.is_none();
            return (is_first && set(&mut self.building, number)).then_some(rest);
        }
        if let Some(rest) = after_word(after, &UNIT) {
            let is_next = bare.is_empty() && self.room.is_none();
            return (is_next && set(&mut self.unit, number)).then_some(rest);
        }
        if let Some(rest) = after_word(after, &FLOOR) {
            return (bare.is_empty() && self.room.is_none() && set(&mut self.floor, number))
                .then_some(rest);
        }
        if let Some(rest) = after_word(after, &ROOM) {
            return (bare.is_empty() && set(&mut self.room, number)).then_some(rest);
        }
        if let Some(rest) = after_word(after, &PLOT) {
            let slot = if self.is_on_the_road() {
                &mut self.plot
            } else {
                &mut self.room
            };
            return (bare.is_empty() && set(slot, number)).then_some(rest);
        }
        if after.is_empty() || after.starts_with('-') {
            bare.push(number.to_owned());
            return Some(after.strip_prefix('-').unwrap_or(after));
        }
        // A number inside of a name: 99弄, 2区.
        let is_in_name = self.is_on_the_road() && bare.is_empty();
        is_in_name.then(|| self.road.push_str(number))?;
        Some(after)
    }

    /// Gives numbers without a word their place: the last is the room.
    fn assign(&mut self, mut bare: Vec<String>) -> Option<()> {
        if let Some(room) = bare.pop() {
            set(&mut self.room, &room).then_some(())?;
        }
        if let Some(last) = bare.pop() {
            match bare.pop() {
                Some(first) => {
                    set(&mut self.unit, &last).then_some(())?;
                    set(&mut self.building, &first).then_some(())?;
                }
                None if self.building.is_some() => set(&mut self.unit, &last).then_some(())?,
                None => set(&mut self.building, &last).then_some(())?,
            }
        }
        bare.is_empty().then_some(())
    }

    /// The normal spelling.
    pub(super) fn text(&self) -> String {
        let place = |name: &Option<String>| name.clone().unwrap_or_default();
        let part = |number: &Option<String>, word: &str| {
            let number = number.as_deref();
            number.map_or_else(String::new, |number| format!("{number}{word}"))
        };
        [
            place(&self.city),
            place(&self.district),
            self.road.clone(),
            part(&self.plot, "号"),
            part(&self.building, "号楼"),
            part(&self.unit, "单元"),
            part(&self.floor, "层"),
            part(&self.room, "室"),
        ]
        .concat()
    }

    pub(super) fn compare(&self, other: &Self) -> HouseMatch {
        let differ = |one: &Option<String>, two: &Option<String>| {
            let both = one.as_ref().zip(two.as_ref());
            both.is_some_and(|(one, two)| one != two)
        };
        if differ(&self.city, &other.city) || differ(&self.district, &other.district) {
            return HouseMatch::Other;
        }
        if self.road != other.road {
            // An estate and the road it stands on are two names of one place.
            let are_plots = self.plot.is_some() && other.plot.is_some();
            return if are_plots {
                HouseMatch::Other
            } else {
                HouseMatch::NotKnown
            };
        }
        let pairs = [
            (&self.plot, &other.plot),
            (&self.building, &other.building),
            (&self.unit, &other.unit),
            (&self.room, &other.room),
        ];
        if pairs.iter().any(|(one, two)| differ(one, two)) || differ(&self.floor, &other.floor) {
            return HouseMatch::Other;
        }
        let is_whole = self.room.is_some() && (self.plot.is_some() || self.building.is_some());
        if is_whole && pairs.iter().all(|(one, two)| one == two) {
            HouseMatch::Same
        } else {
            HouseMatch::NotKnown
        }
    }
}

/// Fills an empty place; a place that is taken makes the address unclear.
fn set(place: &mut Option<String>, number: &str) -> bool {
    let is_free = place.is_none();
    *place = Some(number.to_owned());
    is_free
}

fn after_word<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().find_map(|word| text.strip_prefix(word))
}

const fn is_of_number(sign: char) -> bool {
    sign.is_ascii_alphanumeric()
}

/// 0101 and 101 are one room; a lone zero stays.
fn without_zeros(number: &str) -> &str {
    let trimmed = number.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}

/// The city in its normal form (Beijing where only its name stands), and the rest.
fn city_of(text: &str) -> (Option<String>, &str) {
    let rest = text.split_once('省').filter(|(name, _)| is_place(name));
    let text = rest.map_or(text, |(_, rest)| rest);
    let (city, rest) = match text.split_once('市').filter(|(name, _)| is_place(name)) {
        Some((name, rest)) => (Some(format!("{name}市")), rest),
        None => match text.strip_prefix("北京") {
            Some(rest) => (Some("北京市".to_owned()), rest),
            None => (None, text),
        },
    };
    (city, rest.strip_prefix("市辖区").unwrap_or(rest))
}

/// The district, and the rest. 区 further on is a quarter of an estate.
fn district_of(text: &str) -> (Option<String>, &str) {
    let end = text.find(['区', '县']);
    let split = end.and_then(|at| {
        let (name, rest) = text.split_at(at);
        let mut rest = rest.chars();
        let word = rest.next()?;
        let is_district = (2..=3).contains(&name.chars().count()) && is_place(name);
        is_district.then(|| (Some(format!("{name}{word}")), rest.as_str()))
    });
    split.unwrap_or((None, text))
}

/// Whether a text can be the name of a city or district.
fn is_place(name: &str) -> bool {
    (1..=PLACE_CHARS_MAX).contains(&name.chars().count())
        && !name.contains(|sign: char| {
            sign.is_ascii() || ['路', '街', '号', '楼', '区', '县', '市', '省'].contains(&sign)
        })
}
