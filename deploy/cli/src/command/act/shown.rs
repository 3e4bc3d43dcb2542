//! Acts and breakers for people to read.

use std::io::{Result, Write};

use cli::staff_door::Said;
use serde_json::Value;

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, field: &str) -> String {
    value
        .get(field)
        .and_then(Value::as_u64)
        .map_or_else(String::new, |number| number.to_string())
}

fn list<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    let list = value.get(field).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// What the hub did, or keeps waiting.
pub(super) fn act(out: &mut dyn Write, body: &Value) -> Result<()> {
    line(out, body)?;
    if text(body, "stage") == "asked" {
        writeln!(
            out,
            "waits     another person confirms it within 24 hours: tianshu act confirm act/{}",
            number(body, "number")
        )?;
    }
    match body.get("receipt") {
        Some(receipt) => writeln!(
            out,
            "on record {} {} {}",
            text(receipt, "log"),
            number(receipt, "index"),
            text(receipt, "leaf_hash")
        ),
        None => writeln!(out, "on record already: the same request was done before"),
    }
}

/// What stands, what waits, what was done.
pub(super) fn acts(out: &mut dyn Write, body: &Value) -> Result<()> {
    for (heading, field) in [("standing", "standing"), ("waiting", "waiting")] {
        writeln!(out, "{heading}:")?;
        if list(body, field).is_empty() {
            writeln!(out, "  nothing")?;
        }
        for act in list(body, field) {
            write!(out, "  ")?;
            line(out, act)?;
        }
    }
    writeln!(out, "history:")?;
    for entry in list(body, "history") {
        write!(out, "  ")?;
        match text(entry, "kind") {
            "operator-act" => line(out, entry)?,
            "act-refused" => writeln!(
                out,
                "{:>8}  {}  refused {} to {}: {} {}",
                number(entry, "number"),
                text(entry, "at"),
                text(entry, "code"),
                text(entry, "staff"),
                text(entry, "act"),
                text(entry, "target")
            )?,
            _ => writeln!(
                out,
                "{:>8}  {}  {} signed in",
                number(entry, "number"),
                text(entry, "at"),
                text(entry, "staff")
            )?,
        }
    }
    if body.get("before").is_some_and(Value::is_u64) {
        writeln!(out, "older: --before {}", number(body, "before"))?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, act: &Value) -> Result<()> {
    let until = match text(act, "until") {
        "" => String::new(),
        until => format!(" until {until}"),
    };
    let value = match number(act, "value") {
        value if value.is_empty() => value,
        value => format!(" to {value} (reviewed {})", number(act, "reviewed")),
    };
    writeln!(
        out,
        "{:>8}  {}  {} {}{value}{until} ({}) by {} as {}: {}",
        number(act, "number"),
        text(act, "at"),
        text(act, "act"),
        text(act, "target"),
        text(act, "stage"),
        text(act, "staff"),
        text(act, "role"),
        text(act, "reason")
    )
}

/// The breakers; closed ones that nobody holds only if `all`.
pub(super) fn breakers(out: &mut dyn Write, body: &Value, all: bool) -> Result<()> {
    let mut is_quiet = true;
    for node in list(body, "nodes") {
        for class in list(node, "classes") {
            let hand = text(class, "hand");
            if !all && text(class, "state") == "closed" && hand.is_empty() {
                continue;
            }
            is_quiet = false;
            writeln!(
                out,
                "{:<12} {}  {:<9} {:<11} calls {} failed {} slow {} busy {}",
                text(node, "node"),
                text(class, "class"),
                text(class, "state"),
                hand,
                number(class, "calls"),
                number(class, "failed"),
                number(class, "slow"),
                number(class, "busy")
            )?;
        }
    }
    if is_quiet {
        writeln!(out, "every breaker is closed and nobody holds one")?;
    }
    Ok(())
}

/// The limits; those that no act has set only if `all`.
pub(super) fn limits(out: &mut dyn Write, body: &Value, all: bool) -> Result<()> {
    let mut is_quiet = true;
    for limit in list(body, "limits") {
        let act = number(limit, "act");
        if !all && act.is_empty() {
            continue;
        }
        is_quiet = false;
        let whom = match text(limit, "whom") {
            "" => String::new(),
            whom => format!(" of {whom}"),
        };
        let set = match act.as_str() {
            "" => String::new(),
            act => format!(", set by act/{act} until {}", text(limit, "until")),
        };
        writeln!(
            out,
            "{}{whom} = {} {} (reviewed {}{set})",
            text(limit, "limit"),
            number(limit, "in_force"),
            text(limit, "unit"),
            number(limit, "reviewed"),
        )?;
    }
    if is_quiet {
        writeln!(out, "every limit is as reviewed")?;
    }
    Ok(())
}

/// A refusal with its sentences.
pub(super) fn refusal(out: &mut dyn Write, said: &Said) -> Result<()> {
    let body = &said.body;
    writeln!(out, "refused   {} ({})", text(body, "code"), said.status)?;
    writeln!(out, "          {}", text(body, "zh"))?;
    writeln!(out, "          {}", text(body, "en"))
}
