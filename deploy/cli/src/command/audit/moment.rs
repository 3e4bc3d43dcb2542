//! Moments as entries write them: RFC 3339 at +08:00. Compared as text, because a search compares
//! millions of them; what is not written like this is no moment and is never guessed.

use time::format_description::well_known::Rfc3339;
use time::macros::{format_description, offset};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// Entries are written in Beijing time.
const BEIJING: UtcOffset = offset!(+8);
const BEIJING_SUFFIX: &str = "+08:00";

/// A moment of an entry, `2026-11-23T10:00:00.5`, which sorts as the time does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(String);

impl Moment {
    /// The moment written in an entry, to be compared with [`Moment::as_str`] of others.
    pub(super) fn of_entry(at: &str) -> Option<&str> {
        let moment = at.strip_suffix(BEIJING_SUFFIX)?;
        let shape = b"dddd-dd-ddTdd:dd:dd";
        let bytes = moment.as_bytes();
        let fits = bytes.len() >= shape.len()
            && shape.iter().zip(bytes).all(|(shape, byte)| match shape {
                b'd' => byte.is_ascii_digit(),
                other => byte == other,
            });
        let fraction = moment.get(shape.len()..)?;
        let fraction_fits = match fraction.strip_prefix('.') {
            Some(digits) => !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()),
            None => fraction.is_empty(),
        };
        (fits && fraction_fits).then_some(moment)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// A moment of an entry, as the entry has it.
    pub(super) fn told(moment: &str) -> String {
        format!("{moment}{BEIJING_SUFFIX}")
    }

    fn new(moment: OffsetDateTime) -> Result<Self, String> {
        let local = moment.checked_to_offset(BEIJING).ok_or("no such moment")?;
        let text = local.format(&Rfc3339).map_err(|e| e.to_string())?;
        let moment = text.strip_suffix(BEIJING_SUFFIX);
        Ok(Self(moment.ok_or("no such moment")?.to_owned()))
    }

    /// A moment of an entry, moved by so much; `None` for what is no moment.
    pub(super) fn shifted(moment: &str, by: Duration) -> Option<Self> {
        let moment = OffsetDateTime::parse(&format!("{moment}{BEIJING_SUFFIX}"), &Rfc3339).ok()?;
        Self::new(moment.checked_add(by)?).ok()
    }

    /// The beginning of what is given: a day, a minute, a second or a full RFC 3339 moment.
    pub(super) fn from(text: &str) -> Result<Self, String> {
        Self::new(read(text)?.0)
    }

    /// The end of what is given: the end of a day; a moment itself no longer belongs to it.
    pub(super) fn to(text: &str) -> Result<Self, String> {
        Self::new(read(text)?.1)
    }
}

fn read(text: &str) -> Result<(OffsetDateTime, OffsetDateTime), String> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok((moment, moment));
    }
    let minute = format_description!("[year]-[month]-[day]T[hour]:[minute]");
    let second = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let local = PrimitiveDateTime::parse(text, &minute)
        .or_else(|_| PrimitiveDateTime::parse(text, &second));
    if let Ok(local) = local {
        let moment = local.assume_offset(BEIJING);
        return Ok((moment, moment));
    }
    let day = Date::parse(text, format_description!("[year]-[month]-[day]"));
    let day = day.map_err(|_| {
        "is no day (2026-11-23), minute (2026-11-23T10:00) or RFC 3339 moment".to_owned()
    })?;
    let next = day.next_day().ok_or("is the last day there is")?;
    let midnight = |day: Date| day.midnight().assume_offset(BEIJING);
    Ok((midnight(day), midnight(next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_is_beijing_time() {
        let from = |text| Moment::from(text).unwrap().0;
        assert_eq!(from("2026-11-23"), "2026-11-23T00:00:00");
        assert_eq!(from("2026-11-23T10:05"), "2026-11-23T10:05:00");
        assert_eq!(from("2026-11-23T02:05:00Z"), "2026-11-23T10:05:00");
        assert_eq!(Moment::to("2026-11-23").unwrap().0, "2026-11-24T00:00:00");
        assert!(Moment::from("yesterday").is_err());
        let shifted = Moment::shifted("2026-11-23T00:00:01.5", Duration::seconds(-2)).unwrap();
        assert_eq!(shifted.0, "2026-11-22T23:59:59.5");
    }

    #[test]
    fn moments_of_entries_sort_as_the_time_does() {
        let of = |at| Moment::of_entry(at).unwrap();
        let rising = [
            "2026-11-23T09:59:59.999999999+08:00",
            "2026-11-23T10:00:00+08:00",
            "2026-11-23T10:00:00.05+08:00",
            "2026-11-23T10:00:00.5+08:00",
            "2026-11-23T10:00:00.51+08:00",
            "2026-11-23T10:00:01+08:00",
        ];
        for pair in rising.windows(2) {
            assert!(of(pair[0]) < of(pair[1]), "{pair:?}");
        }
        for at in [
            "",
            "+08:00",
            "2026-11-23T10:00:00Z",
            "2026-11-23T10:00:00.+08:00",
        ] {
            assert_eq!(Moment::of_entry(at), None, "{at}");
        }
    }
}
