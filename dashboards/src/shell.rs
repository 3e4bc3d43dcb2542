//! What is around every page: the head, the menu of what its viewer may see, who they are, and
//! the way out.

use maud::{DOCTYPE, Markup, html};

use crate::escape::Escaped;
use crate::language::{Language, Said};
use crate::room::Room;
use crate::viewer::{Act, Viewer};

const HOUSE: Said = Said("天枢", "Tianshu");
const SUBTITLE: Said = Said(
    "住房公积金数据共享枢纽",
    "Shared-data hub for housing provident fund centers",
);
const SKIP: Said = Said("跳到正文", "Skip to the content");
const MENU: Said = Said("菜单", "Menu");
const SIGN_OUT: Said = Said("退出", "Sign out");
const FOOTER: Said = Said(
    "每次登录、查阅个人信息和操作均记入审计日志。",
    "Sign-ins, looks at personal records and acts are on record in the audit log.",
);

/// A whole page of a room; `None` where it belongs to none.
#[must_use]
pub fn page(viewer: &Viewer, room: Option<Room>, title: &str, body: &Markup) -> Markup {
    page_with(viewer, room, title, (&html! {}, body))
}

/// The same with something more in its head.
#[must_use]
pub(crate) fn page_with(
    viewer: &Viewer,
    room: Option<Room>,
    title: &str,
    (head, body): (&Markup, &Markup),
) -> Markup {
    let language = viewer.language;
    let inside = html! {
        header.top {
            a.skip href="#content" { (language.say(SKIP)) }
            p.house { (language.say(HOUSE)) span { (language.say(SUBTITLE)) } }
            (person(viewer))
        }
        nav.menu aria-label=(language.say(MENU)) { ul {
            @for shown in Room::ALL {
                @if viewer.may(Act::See(shown)) {
                    @let current = (room == Some(shown)).then_some("page");
                    li { a href=(shown.path()) aria-current=[current] {
                        (language.say(shown.title()))
                    } }
                }
            }
        } }
        main id="content" { h1 { (Escaped(title)) } (body) }
        footer { (language.say(FOOTER)) }
    };
    whole(language, title, (head, &inside))
}

/// A page for somebody who is not signed in.
#[must_use]
pub(crate) fn bare(language: Language, title: &str, body: &Markup) -> Markup {
    let inside = html! {
        header.top { p.house { (language.say(HOUSE)) span { (language.say(SUBTITLE)) } } }
        main id="content" { h1 { (Escaped(title)) } (body) }
        footer { (language.say(FOOTER)) }
    };
    whole(language, title, (&html! {}, &inside))
}

fn person(viewer: &Viewer) -> Markup {
    let language = viewer.language;
    let other = language.other();
    let back = format!(
        "/language?to={}&back={}",
        other.short(),
        encoded(&viewer.here)
    );
    html! {
        div.person {
            span { (Escaped(language.choose(&viewer.zh, &viewer.en))) " · "
                @for (nth, role) in viewer.roles.iter().enumerate() {
                    @if nth > 0 { ", " } (language.say(role.said()))
                }
            }
            a href=(back) hreflang=(other.tag()) lang=(other.tag()) {
                @match other { Language::Chinese => "中文", Language::English => "English" }
            }
            form method="post" action="/sign-out" {
                (token(viewer))
                button.quiet { (language.say(SIGN_OUT)) }
            }
        }
    }
}

/// What every form begins with.
#[must_use]
pub fn token(viewer: &Viewer) -> Markup {
    html! { input type="hidden" name="token" value=(viewer.token); }
}

fn whole(language: Language, title: &str, (head, inside): (&Markup, &Markup)) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (Escaped(title)) " · " (language.say(HOUSE)) }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/staff.css";
                script src="/assets/live.js" defer {}
                (head)
            }
            body { (inside) }
        }
    }
}

/// A text as a value within an address.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
