//! What a member of the staff asked for, not yet believed.

use catalog::identity::may_hold_id_number;
use serde::Deserialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};
use wire::RefusalCode;

use super::act::{Act, Target};

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 200;
/// Longest idempotency key.
const KEY_BYTES_MAX: usize = 64;
/// Longest time that an act may be given.
const UNTIL_MAX: Duration = Duration::days(366);
/// The word by which a limit is set; on record it is `lower-limit` or `raise-limit`.
const SET_LIMIT: &str = "limit";
/// What is written of an act that cannot be read.
const UNREADABLE: &str = "";

/// A request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// An act, `limit` or `confirm`.
    pub act: String,
    /// Over what; `act/<number>` where somebody else's request is confirmed.
    pub target: String,
    /// Until when, RFC 3339.
    #[serde(default)]
    pub until: Option<String>,
    /// To what a limit is set.
    #[serde(default)]
    pub value: Option<u32>,
    /// Why. It goes on record: never a person's number or name.
    pub reason: String,
    /// The same key with the same request does it once.
    pub key: String,
}

impl Wanted {
    pub(super) fn check_words(&self) -> Result<(), RefusalCode> {
        let reason = self.reason.trim();
        if may_hold_id_number(reason) {
            return Err(RefusalCode::ActPersonal);
        }
        let is_key = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let fits = (1..=REASON_CHARS_MAX).contains(&reason.chars().count())
            && !reason.chars().any(char::is_control)
            && (1..=KEY_BYTES_MAX).contains(&self.key.len())
            && self.key.bytes().all(is_key);
        if fits {
            Ok(())
        } else {
            Err(RefusalCode::ActMalformed)
        }
    }

    /// The number of the request that is confirmed, if this confirms one.
    pub(super) fn confirms(&self) -> Result<Option<u64>, RefusalCode> {
        if self.act != "confirm" {
            return Ok(None);
        }
        let number = self.target.strip_prefix("act/");
        let number = number.and_then(|number| number.parse().ok());
        match (number, &self.until, self.value) {
            (Some(number), None, None) => Ok(Some(number)),
            _ => Err(RefusalCode::ActMalformed),
        }
    }

    /// Any act that is not found by its value.
    pub(super) fn act(&self) -> Result<Act, RefusalCode> {
        let act: Act = self.act.parse()?;
        if act.sets_a_limit() {
            return Err(RefusalCode::ActMalformed);
        }
        Ok(act)
    }

    /// The value of a limit, where it sets one: whether that lowers or raises it, the hub finds.
    pub(super) fn sets_limit(&self) -> Result<Option<u32>, RefusalCode> {
        match (self.act == SET_LIMIT, self.value) {
            (true, Some(value)) => Ok(Some(value)),
            (false, None) => Ok(None),
            (true, None) | (false, Some(_)) => Err(RefusalCode::ActMalformed),
        }
    }

    pub(super) fn target(&self) -> Result<Target, RefusalCode> {
        self.target.parse()
    }

    /// Until when; only what stands can have an end, and it lies ahead.
    pub(super) fn until(
        &self,
        act: Act,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, RefusalCode> {
        let Some(text) = &self.until else {
            return Ok(None);
        };
        let until = OffsetDateTime::parse(text, &Rfc3339);
        let until = until.map_err(|_| RefusalCode::ActMalformed)?;
        if act.stands() && now < until && until <= now + UNTIL_MAX {
            Ok(Some(until.to_offset(wire::clock::beijing())))
        } else {
            Err(RefusalCode::ActMalformed)
        }
    }

    /// Act and target as they may stand in the log: only what this program could read.
    pub(super) fn loggable(&self) -> (String, String) {
        let is_confirm = matches!(self.confirms(), Ok(Some(_)));
        let act = match (self.act(), is_confirm) {
            (Ok(act), _) => act.as_str(),
            (Err(_), true) => "confirm",
            (Err(_), false) if self.act == SET_LIMIT => SET_LIMIT,
            (Err(_), false) => UNREADABLE,
        };
        let target = match (self.target(), is_confirm) {
            (Ok(target), _) => target.to_string(),
            (Err(_), true) => self.target.clone(),
            (Err(_), false) => UNREADABLE.to_owned(),
        };
        (act.to_owned(), target)
    }
}
