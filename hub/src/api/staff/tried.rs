//! What somebody tried who was turned away, as it stands in the log: which door or room, and
//! whether to see it or to change something. Never the rest of an address, which may name a person.

use axum::http::{Method, Request};
use dashboards::Room;

/// To come in and to go out.
const WAYS: [&str; 2] = ["sign-in", "sign-out"];
/// Where programs come in.
const DOORS: [&str; 3] = ["acts", "breakers", "limits"];

/// What somebody tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tried {
    /// `get`, `post`; empty where it is neither.
    pub(crate) act: &'static str,
    /// `room/audit`, `door/acts`, `sign-in`; empty where there is nothing.
    pub(crate) target: String,
}

impl Tried {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        Self::at(request.method(), request.uri().path())
    }

    pub(crate) fn at(method: &Method, path: &str) -> Self {
        Self {
            act: match *method {
                Method::GET | Method::HEAD => "get",
                Method::POST => "post",
                _ => "",
            },
            target: target(path).unwrap_or_default(),
        }
    }
}

fn target(path: &str) -> Option<String> {
    if let Some(door) = path.strip_prefix("/v1/") {
        let door = DOORS.iter().find(|known| **known == door)?;
        return Some(format!("door/{door}"));
    }
    let way = path.strip_prefix('/')?;
    if WAYS.contains(&way) {
        return Some(way.to_owned());
    }
    Room::of(path).map(|room| format!("room/{}", room.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_told_and_nothing_of_what_is_in_it() {
        for (method, path, act, target) in [
            (Method::GET, "/", "get", "room/overview"),
            (Method::HEAD, "/audit/17", "get", "room/audit"),
            (
                Method::GET,
                "/subject/abababab/print",
                "get",
                "room/subject",
            ),
            (Method::GET, "/use/city/0101", "get", "room/use"),
            (Method::POST, "/alerts/3/step", "post", "room/alerts"),
            (Method::POST, "/sign-in", "post", "sign-in"),
            (Method::POST, "/sign-out", "post", "sign-out"),
            (Method::POST, "/v1/acts", "post", "door/acts"),
            (Method::GET, "/v1/limits", "get", "door/limits"),
            (Method::GET, "/v1/11010519491231002X", "get", ""),
            (Method::GET, "/11010519491231002X", "get", ""),
            (Method::DELETE, "/acts", "", "room/acts"),
        ] {
            let tried = Tried::at(&method, path);
            assert_eq!((tried.act, tried.target.as_str()), (act, target), "{path}");
        }
    }
}
