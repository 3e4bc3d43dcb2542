//! Links from what an entry names to everything else that names it.

use maud::{Markup, html};

use super::sought::Sought;
use crate::escape::Escaped;

/// A text that leads to a search; empty where the text is.
pub(super) fn leads(text: &str, sought: &Sought) -> Markup {
    html! { @if !text.is_empty() { a href=(sought.address()) { (Escaped(text)) } } }
}

pub(super) fn of_center(center: &str) -> Sought {
    let center = center.to_owned();
    Sought { center, ..newest() }
}

pub(super) fn of_operator(center: &str, operator: &str) -> Sought {
    Sought {
        operator: operator.to_owned(),
        ..of_center(center)
    }
}

pub(super) fn of_counter(center: &str, counter: &str) -> Sought {
    Sought {
        counter: counter.to_owned(),
        ..of_center(center)
    }
}

pub(super) fn of_case(case: &str) -> Sought {
    let case = case.to_owned();
    Sought { case, ..newest() }
}

pub(super) fn of_query(query: &str) -> Sought {
    let query = query.to_owned();
    Sought {
        query,
        order: "oldest".to_owned(),
        ..Sought::default()
    }
}

pub(super) fn of_flow(flow: &str) -> Sought {
    let flow = flow.to_owned();
    Sought { flow, ..newest() }
}

pub(super) fn of_code(code: &str) -> Sought {
    let code = code.to_owned();
    Sought { code, ..newest() }
}

pub(super) fn of_node(node: &str) -> Sought {
    let node = node.to_owned();
    Sought { node, ..newest() }
}

pub(super) fn of_staff(staff: &str) -> Sought {
    let staff = staff.to_owned();
    Sought { staff, ..newest() }
}

pub(super) fn of_subject(subject: &str) -> Sought {
    let subject = subject.to_owned();
    Sought {
        subject,
        ..newest()
    }
}

fn newest() -> Sought {
    Sought {
        order: "newest".to_owned(),
        ..Sought::default()
    }
}
