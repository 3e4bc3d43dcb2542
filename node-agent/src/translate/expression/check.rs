//! What is known of an expression before it sees a row: its names, its functions, the types that
//! flow through it and what it can give. Loops, floats and unknown names are refused here.

use std::collections::BTreeSet;

use catalog::ItemType;
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

/// Deepest nesting; evaluation recurses on a worker's stack, some 26 KB a level unoptimized.
const DEPTH_MAX: usize = 24;
/// Words of the language that name no variable.
const RESERVED: [&str; 20] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "while",
];
/// Macros of CEL that loop over lists, or that need the parser's help.
const MACROS: [&str; 6] = ["all", "exists", "exists_one", "filter", "has", "map"];

/// Which types a part of an expression may have, as a set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kinds(u8);

const TEXT: Kinds = Kinds(1);
const INT: Kinds = Kinds(2);
const BOOL: Kinds = Kinds(4);
const NULL: Kinds = Kinds(8);
const LIST: Kinds = Kinds(16);

impl Kinds {
    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    fn name(self) -> String {
        let names = [
            (TEXT, "text"),
            (INT, "whole number"),
            (BOOL, "boolean"),
            (NULL, "null"),
            (LIST, "list"),
        ];
        let names = names.iter().filter(|(kind, _)| self.meets(*kind));
        names
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
            .join(" or ")
    }
}

/// A function or operator: its name, whether it stands behind a dot, what it takes and gives.
struct Signature(&'static str, bool, &'static [Kinds], Kinds);

const SIGNATURES: &[Signature] = &[
    Signature("_&&_", false, &[BOOL, BOOL], BOOL),
    Signature("_||_", false, &[BOOL, BOOL], BOOL),
    Signature("!_", false, &[BOOL], BOOL),
    Signature("_<_", false, &[TEXT, TEXT], BOOL),
    Signature("_<_", false, &[INT, INT], BOOL),
    Signature("_<=_", false, &[TEXT, TEXT], BOOL),
    Signature("_<=_", false, &[INT, INT], BOOL),
    Signature("_>_", false, &[TEXT, TEXT], BOOL),
    Signature("_>_", false, &[INT, INT], BOOL),
    Signature("_>=_", false, &[TEXT, TEXT], BOOL),
    Signature("_>=_", false, &[INT, INT], BOOL),
    Signature("_+_", false, &[TEXT, TEXT], TEXT),
    Signature("_+_", false, &[INT, INT], INT),
    Signature("_-_", false, &[INT, INT], INT),
    Signature("_*_", false, &[INT, INT], INT),
    Signature("_/_", false, &[INT, INT], INT),
    Signature("_%_", false, &[INT, INT], INT),
    Signature("-_", false, &[INT], INT),
    Signature("_[_]", false, &[LIST, INT], TEXT),
    Signature("@in", false, &[TEXT.or(NULL), LIST], BOOL),
    Signature("size", false, &[TEXT.or(LIST)], INT),
    Signature("size", true, &[TEXT.or(LIST)], INT),
    Signature("int", false, &[TEXT.or(INT)], INT),
    Signature("string", false, &[TEXT.or(INT).or(BOOL)], TEXT),
    Signature("startsWith", true, &[TEXT, TEXT], BOOL),
    Signature("endsWith", true, &[TEXT, TEXT], BOOL),
    Signature("contains", true, &[TEXT, TEXT], BOOL),
    Signature("matches", true, &[TEXT, TEXT], BOOL),
    Signature("charAt", true, &[TEXT, INT], TEXT),
    Signature("indexOf", true, &[TEXT, TEXT], INT),
    Signature("lastIndexOf", true, &[TEXT, TEXT], INT),
    Signature("substring", true, &[TEXT, INT], TEXT),
    Signature("substring", true, &[TEXT, INT, INT], TEXT),
    Signature("trim", true, &[TEXT], TEXT),
    Signature("lowerAscii", true, &[TEXT], TEXT),
    Signature("upperAscii", true, &[TEXT], TEXT),
    Signature("replace", true, &[TEXT, TEXT, TEXT], TEXT),
    Signature("split", true, &[TEXT, TEXT], LIST),
    Signature("decimalAdd", false, &[TEXT, TEXT], TEXT),
    Signature("decimalSubtract", false, &[TEXT, TEXT], TEXT),
    Signature("decimalMultiply", false, &[TEXT, TEXT], TEXT),
    Signature("decimalDivide", false, &[TEXT, TEXT, INT], TEXT),
    Signature("decimalRound", false, &[TEXT, INT], TEXT),
    Signature("decimalCompare", false, &[TEXT, TEXT], INT),
    Signature("fenToYuan", false, &[TEXT], TEXT),
];

/// What an expression has to be.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) kind: &'a ItemType,
    pub(super) variables: &'a [String],
}

/// What was found out about a sound expression.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Texts it gives as they stand in it.
    pub(super) constants: Vec<String>,
    /// Patterns it matches with.
    pub(super) patterns: Vec<String>,
    pub(super) reads_null: bool,
}

/// The names of the variables for these columns.
pub(super) fn variables(columns: &[String]) -> Result<Vec<String>, Vec<String>> {
    let names: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            if is_identifier(column) {
                column.clone()
            } else {
                format!("c{}", place + 1)
            }
        })
        .collect();
    let distinct: BTreeSet<_> = names.iter().collect();
    if distinct.len() < names.len() {
        return Err(vec![
            "two columns have one name in the expression".to_owned(),
        ]);
    }
    Ok(names)
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !RESERVED.contains(&name)
}

/// Walks the whole tree; every fault of it at once.
pub(super) fn checked(tree: &IdedExpr, expected: Expected<'_>) -> Result<Findings, Vec<String>> {
    let mut walk = Walk {
        expected,
        used: BTreeSet::new(),
        faults: Vec::new(),
        findings: Findings::default(),
    };
    let given = walk.kinds(tree, 0);
    walk.results(tree);
    let allowed = match expected.kind {
        ItemType::Integer { .. } => INT.or(TEXT),
        ItemType::Boolean => BOOL,
        ItemType::Text { .. }
        | ItemType::Code { .. }
        | ItemType::Date
        | ItemType::Month
        | ItemType::Time
        | ItemType::Decimal { .. } => TEXT,
    };
    let fits = given.within(allowed.or(NULL)) && given != NULL;
    if walk.faults.is_empty() && !fits {
        let (kind, given) = (expected.kind.name(), given.name());
        let reason = format!("the expression gives {given}, which cannot fill a {kind} item");
        walk.faults.push(reason);
    }
    for name in expected.variables {
        if walk.faults.is_empty() && !walk.used.contains(name) {
            let reason = format!("the expression does not use the column `{name}` of `from`");
            walk.faults.push(reason);
        }
    }
    if walk.faults.is_empty() {
        Ok(walk.findings)
    } else {
        Err(walk.faults)
    }
}

struct Walk<'a> {
    expected: Expected<'a>,
    used: BTreeSet<String>,
    faults: Vec<String>,
    findings: Findings,
}

impl Walk<'_> {
    /// After a fault anything goes, so that one fault is not told twice.
    fn fault(&mut self, reason: String) -> Kinds {
        self.faults.push(reason);
        TEXT.or(INT).or(BOOL).or(NULL).or(LIST)
    }

    fn kinds(&mut self, tree: &IdedExpr, depth: usize) -> Kinds {
        if depth > DEPTH_MAX {
            return self.fault(format!("the expression is nested deeper than {DEPTH_MAX}"));
        }
        match &tree.expr {
            Expr::Ident(name) if self.expected.variables.contains(name) => {
                self.used.insert(name.clone());
                TEXT.or(NULL)
            }
            Expr::Ident(name) => self.fault(format!("`{name}` is not a column that `from` names")),
            Expr::Literal(literal) => self.literal(literal),
            Expr::List(list) => {
                for element in &list.elements {
                    if self.kinds(element, depth + 1) != TEXT {
                        return self.fault("a list may hold only texts".to_owned());
                    }
                }
                LIST
            }
            Expr::Call(call) => self.call(call, depth),
            Expr::Comprehension(_) => self.fault("an expression cannot loop".to_owned()),
            Expr::Map(_) | Expr::Struct(_) | Expr::Select(_) | Expr::Unspecified => {
                self.fault("an expression has no maps, messages or fields".to_owned())
            }
        }
    }

    fn literal(&mut self, literal: &LiteralValue) -> Kinds {
        match literal {
            LiteralValue::String(_) => TEXT,
            LiteralValue::Int(_) => INT,
            LiteralValue::Boolean(_) => BOOL,
            LiteralValue::Null => {
                self.findings.reads_null = true;
                NULL
            }
            LiteralValue::Double(_) => self.fault(
                "an expression has no floats: write amounts as text for the decimal functions"
                    .to_owned(),
            ),
            LiteralValue::UInt(_) | LiteralValue::Bytes(_) => {
                self.fault("an expression has no unsigned numbers and no bytes".to_owned())
            }
        }
    }

    fn call(&mut self, call: &CallExpr, depth: usize) -> Kinds {
        let name = call.func_name.as_str();
        let parts: Vec<&IdedExpr> = call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect();
        let member = call.target.is_some();
        if MACROS.contains(&name) {
            return self.fault(format!("an expression cannot use `{name}`"));
        }
        let known = matches!(name, "_?_:_" | "_==_" | "_!=_")
            || SIGNATURES.iter().any(|s| (s.0, s.1) == (name, member));
        if !known {
            return self.fault(format!("unknown function `{name}`"));
        }
        let kinds: Vec<Kinds> = parts
            .iter()
            .map(|part| self.kinds(part, depth + 1))
            .collect();
        match (name, kinds.as_slice()) {
            ("_?_:_", [condition, yes, no]) if condition.meets(BOOL) => yes.or(*no),
            ("_==_" | "_!=_", [a, b]) if a.meets(*b) => BOOL,
            _ => {
                self.literal_arguments(name, &parts);
                let fitting = SIGNATURES
                    .iter()
                    .filter(|Signature(known, dotted, takes, _)| {
                        let fits = |(takes, given): (&Kinds, &Kinds)| takes.meets(*given);
                        (*known, *dotted) == (name, member)
                            && takes.len() == kinds.len()
                            && takes.iter().zip(&kinds).all(fits)
                    });
                let given = fitting.map(|signature| signature.3).reduce(Kinds::or);
                given.unwrap_or_else(|| {
                    let given: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
                    self.fault(format!("`{name}` does not take ({})", given.join(", ")))
                })
            }
        }
    }

    /// What must stand in the file, so that no row decides how much work it makes.
    fn literal_arguments(&mut self, name: &str, parts: &[&IdedExpr]) {
        match (name, parts) {
            ("matches", [_, pattern]) => match text(pattern) {
                Some(pattern) => self.findings.patterns.push(pattern.to_owned()),
                None => drop(self.fault("the pattern of `matches` must be a text".to_owned())),
            },
            ("replace", [_, old, new]) => {
                let shrinks = match (text(old), text(new)) {
                    (Some(old), Some(new)) => !old.is_empty() && new.len() <= old.len(),
                    _ => false,
                };
                if !shrinks {
                    let reason = "`replace` takes two texts, the second no longer than the first";
                    self.fault(reason.to_owned());
                }
            }
            _ => {}
        }
    }

    /// The texts and numbers that the expression can give as they stand.
    fn results(&mut self, tree: &IdedExpr) {
        match &tree.expr {
            Expr::Literal(LiteralValue::String(text)) if !text.inner().is_empty() => {
                self.findings.constants.push(text.inner().to_owned());
            }
            Expr::Literal(LiteralValue::Int(number)) => {
                self.findings.constants.push(number.inner().to_string());
            }
            Expr::Call(call) if call.func_name == "_?_:_" => {
                for branch in call.args.iter().skip(1) {
                    self.results(branch);
                }
            }
            _ => {}
        }
    }
}

fn text(tree: &IdedExpr) -> Option<&str> {
    match &tree.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
