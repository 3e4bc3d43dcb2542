//! Addresses of the room: the same page with something else looked for.

use super::{Asked, PersonRow};
use crate::room::Room;
use crate::shell::encoded;

/// A part of a path.
pub(super) fn part(text: &str) -> String {
    encoded(text).replace('/', "%2F")
}

/// A page, with what is looked for; the center stands in the path of a person's.
pub(super) fn within(path: &str, asked: &Asked) -> String {
    let is_everybody = path == Room::Use.path();
    let center = Some(&asked.center).filter(|_| is_everybody);
    let sort = Some(&asked.sort).filter(|sort| is_everybody && !sort.is_empty());
    let counter = Some(&asked.counter).filter(|counter| !counter.is_empty());
    let terms = [
        ("center", center),
        ("counter", counter),
        ("flow", Some(&asked.flow)),
        ("from", Some(&asked.from)),
        ("to", Some(&asked.to)),
        ("sort", sort),
    ];
    let given = terms
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", encoded(value?))));
    format!("{path}?{}", given.collect::<Vec<_>>().join("&"))
}

/// The same page with another order.
pub(super) fn sorted(asked: &Asked, name: &str) -> String {
    let asked = Asked {
        sort: name.to_owned(),
        ..asked.clone()
    };
    within(Room::Use.path(), &asked)
}

/// Where a person's page is; nowhere for those without a name.
pub(super) fn person(person: &PersonRow, asked: &Asked) -> Option<String> {
    if person.operator.is_empty() {
        return None;
    }
    let (center, operator) = (part(&person.center), part(&person.operator));
    let (from, to) = (encoded(&asked.from), encoded(&asked.to));
    Some(format!("/use/{center}/{operator}?from={from}&to={to}"))
}

/// The same page by one flow alone.
pub(super) fn of_flow(path: &str, asked: &Asked, flow: &str) -> Option<String> {
    let asked = Asked {
        flow: flow.to_owned(),
        ..asked.clone()
    };
    (!flow.is_empty()).then(|| within(path, &asked))
}

/// The same page by one counter alone, which is called `center/counter`; nowhere for those without
/// a name.
pub(super) fn of_counter(path: &str, asked: &Asked, name: &str) -> Option<String> {
    let (center, counter) = name.split_once('/')?;
    let asked = Asked {
        center: center.to_owned(),
        counter: counter.to_owned(),
        ..asked.clone()
    };
    (!counter.is_empty()).then(|| within(path, &asked))
}
