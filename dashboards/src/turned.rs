//! A page that says why something was not done: the code, the sentence and whose turn it is.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::language::{Language, Said};
use crate::room::Room;
use crate::shell;
use crate::viewer::Viewer;

/// Why somebody was turned away.
#[derive(Clone, Debug)]
pub struct Turned {
    /// As HTTP says it.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// The sentence.
    pub said: Said,
    /// The page around it, if somebody is signed in.
    pub viewer: Option<Box<Viewer>>,
    /// The language where nobody is.
    pub language: Language,
}

const TITLE: Said = Said("未能办理", "Not done");
const BACK: Said = Said("返回总览", "Back to the overview");

impl Turned {
    /// With a code of the hub's list.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str, said: Said) -> Self {
        Self {
            status,
            code,
            said,
            viewer: None,
            language: Language::Chinese,
        }
    }

    /// Shown within the pages of a viewer.
    #[must_use]
    pub fn to(mut self, viewer: &Viewer) -> Self {
        self.language = viewer.language;
        self.viewer = Some(Box::new(viewer.clone()));
        self
    }

    /// There is no such page, or none that is known under this name.
    #[must_use]
    pub fn nothing_here(viewer: &Viewer) -> Self {
        let said = Said("没有这样的页面或记录。", "There is no such page or record.");
        Self::new(StatusCode::NOT_FOUND, "TS-PAGE-UNKNOWN", said).to(viewer)
    }

    /// A form that cannot be read.
    #[must_use]
    pub fn unreadable(viewer: &Viewer) -> Self {
        let said = Said(
            "填写的内容不完整或格式不正确，请返回检查后重新提交。",
            "What was filled in is incomplete or malformed; go back, check it and send it again.",
        );
        Self::new(StatusCode::BAD_REQUEST, "TS-PAGE-MALFORMED", said).to(viewer)
    }

    /// A form that was not made by this session's pages.
    #[must_use]
    pub fn forged(viewer: &Viewer) -> Self {
        let said = Said(
            "该表单不是由本次登录的页面提交的，未办理。请重新打开页面后再试。",
            "This form was not sent from a page of this session; nothing was done. \
             Open the page again and retry.",
        );
        Self::new(StatusCode::FORBIDDEN, "TS-PAGE-FORGED", said).to(viewer)
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        let language = self.language;
        let body = html! {
            p.alarm role="alert" { (language.say(self.said)) " " code { (self.code) } }
            p { a href=(Room::Overview.path()) { (language.say(BACK)) } }
        };
        let page: Markup = match &self.viewer {
            Some(viewer) => shell::page(viewer, None, viewer.say(TITLE), &body),
            None => shell::bare(language, language.say(TITLE), &body),
        };
        (self.status, page).into_response()
    }
}
