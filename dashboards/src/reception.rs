//! Coming in and going out: the page that says whose certificate the browser showed, the choice of
//! a language, and the way out. Who may come in is the hub's to say.

use axum::Router;
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;

use crate::escape::Escaped;
use crate::language::{Language, Said};
use crate::shell;
use crate::viewer::RoleName;

const TITLE: Said = Said("登录", "Sign in");
const CERTIFICATE: Said = Said(
    "浏览器出示了以下证书。请确认是本人后登录；登录将记入审计日志。",
    "Your browser showed this certificate. Sign in if it is yours; signing in goes on record.",
);
const NAME: Said = Said("姓名", "Name");
const ROLES: Said = Said("角色", "Roles");
const SERIAL: Said = Said("证书序列号", "Certificate serial");
const BUTTON: Said = Said("登录", "Sign in");
const ENDS: Said = Said(
    "15 分钟无操作或满 8 小时自动退出。",
    "You are signed out after 15 minutes without a click, and after 8 hours in any case.",
);

/// The certificate that the browser showed.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Name on the trust list, in Chinese and English.
    pub zh: String,
    /// See `zh`.
    pub en: String,
    /// Their roles.
    pub roles: Vec<RoleName>,
    /// Serial of the certificate.
    pub serial: String,
}

/// The page in front of all others; `to` is where it leads.
#[must_use]
pub fn sign_in_page(language: Language, shown: &Credentials, to: &str) -> Markup {
    let other = language.other();
    let back = format!("/sign-in?to={}", shell::encoded(to));
    let switch = format!(
        "/language?to={}&back={}",
        other.short(),
        shell::encoded(&back)
    );
    let body = html! {
        section.narrow {
            p { (language.say(CERTIFICATE)) }
            dl.facts {
                div {
                    dt { (language.say(NAME)) }
                    dd { (Escaped(language.choose(&shown.zh, &shown.en))) }
                }
                div { dt { (language.say(ROLES)) } dd {
                    @for (nth, role) in shown.roles.iter().enumerate() {
                        @if nth > 0 { ", " } (language.say(role.said()))
                    }
                } }
                div { dt { (language.say(SERIAL)) } dd { code { (Escaped(&shown.serial)) } } }
            }
            form method="post" action="/sign-in" {
                input type="hidden" name="to" value=(to);
                button { (language.say(BUTTON)) }
            }
            p.faint { (language.say(ENDS)) }
            p { a href=(switch) hreflang=(other.tag()) lang=(other.tag()) {
                @match other { Language::Chinese => "中文", Language::English => "English" }
            } }
        }
    };
    shell::bare(language, language.say(TITLE), &body)
}

#[derive(Debug, Deserialize)]
struct Choice {
    to: String,
    #[serde(default)]
    back: String,
}

/// The choice of a language; it needs no session, and remembers nothing but the language.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/language", get(language))
}

async fn language(Query(choice): Query<Choice>) -> Response {
    let chosen = Language::read(&choice.to).short();
    let cookie =
        format!("language={chosen}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Strict");
    let back = if is_ours(&choice.back) {
        choice.back.as_str()
    } else {
        "/"
    };
    ([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response()
}

/// Whether an address stays in this house: a path, and not one that a browser takes for a host.
#[must_use]
pub fn is_ours(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn nobody_is_led_out_of_the_house() {
        assert!(is_ours("/audit?kind=decision&page=2"));
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil",
            "/a\nb",
            "a",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
