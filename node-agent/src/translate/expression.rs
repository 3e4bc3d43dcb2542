//! `expr = "…"`: what tables of the mapping language cannot say, in CEL. With `expression/check.rs`
//! this is all that knows the crate `cel`. Compiled at load only, from a short source, on a thread
//! of its own; it has no loops, no floats and no names but the rule's own columns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};
use std::thread;

use catalog::{Absence, Defect, ItemType, Value};
use cel::common::ast::IdedExpr;
use cel::common::types::{CelInt, CelString};
use cel::{Context, DeclarationError, Env, ExecutionError};

use super::convert::{Conversion, RAW_BYTES_MAX};
use check::Expected;

mod check;
mod decimals;

/// Longest source of an expression.
const SOURCE_BYTES_MAX: usize = 1_024;
/// The parser recurses deeply; its stack is not a worker's.
const COMPILE_STACK_BYTES: usize = 16 << 20;
/// What an error of ours is called inside the evaluation.
const DECIMAL_ERROR: &str = "decimal";

/// One expression, checked, over the columns that its rule names.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    source: Arc<str>,
    tree: Arc<IdedExpr>,
    variables: Arc<[String]>,
    reads_null: bool,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.variables == other.variables
    }
}

impl Eq for Expression {}

/// The functions of the language; the standard ones and ours, without macros and options.
static ENVIRONMENT: LazyLock<Option<Arc<Env>>> = LazyLock::new(|| {
    let mut env = Env::default().with_optional_support(false).with_stdlib();
    let added = cel::extensions::strings(&mut env).and_then(|()| add_decimals(&mut env));
    added.ok().map(|()| Arc::new(env))
});

impl Expression {
    /// Compiles and checks `source` for a value of type `kind`. A column whose name is no
    /// identifier is called `c1`, `c2`, … by its place in `from`.
    ///
    /// # Errors
    /// Every fault, as sentences for the person who wrote the file.
    pub(crate) fn compile(
        source: &str,
        columns: &[String],
        kind: &ItemType,
        check: &dyn Fn(&Value) -> Result<(), Defect>,
    ) -> Result<Self, Vec<String>> {
        if source.len() > SOURCE_BYTES_MAX {
            return Err(vec![format!(
                "the expression is longer than {SOURCE_BYTES_MAX} bytes"
            )]);
        }
        let variables = check::variables(columns)?;
        let compiled = on_a_big_stack(|| {
            let tree = parsed(source)?;
            let expected = Expected {
                kind,
                variables: &variables,
            };
            let findings = check::checked(&tree, expected)?;
            Ok((tree, findings))
        });
        let (tree, findings) = compiled?;
        for text in &findings.constants {
            let value = Conversion::AsIs.apply(kind, &[text]);
            if let Err(defect) = value.and_then(|value| check(&value)) {
                let why = defect.as_str();
                return Err(vec![format!(
                    "the expression can give `{text}`, which is refused: {why}"
                )]);
            }
        }
        for pattern in &findings.patterns {
            pattern_is_sound(pattern)?;
        }
        Ok(Self {
            source: source.into(),
            tree: Arc::new(tree),
            variables: variables.into(),
            reads_null: findings.reads_null,
        })
    }

    /// Whether the expression itself says what a blank column means.
    pub(crate) fn gives_blank_a_meaning(&self) -> bool {
        self.reads_null
    }

    /// The value for one text per column; an empty text is null.
    pub(crate) fn value(&self, kind: &ItemType, raw: &[&str]) -> Result<Value, Defect> {
        let env = ENVIRONMENT.as_ref().ok_or(Defect::WrongType)?;
        let mut context = Context::with_env(Arc::clone(env));
        for (name, raw) in self.variables.iter().zip(raw) {
            let value = if raw.is_empty() {
                cel::Value::Null
            } else {
                cel::Value::String(Arc::new((*raw).to_owned()))
            };
            context.add_variable_from_value(name.as_str(), value);
        }
        // A fault of the interpreter costs one value, not the answer.
        let tree = &self.tree;
        let given = catch_unwind(AssertUnwindSafe(|| cel::Value::resolve(tree, &context)));
        let Ok(given) = given else {
            return Err(Defect::WrongType);
        };
        match given {
            Ok(cel::Value::Null) => Ok(Value::Absent(Absence::NotRecorded)),
            Ok(cel::Value::String(text)) if text.is_empty() => {
                Ok(Value::Absent(Absence::NotRecorded))
            }
            Ok(cel::Value::String(text)) if text.len() > RAW_BYTES_MAX => Err(Defect::TooLong),
            Ok(cel::Value::String(text)) => Conversion::AsIs.apply(kind, &[&text]),
            Ok(cel::Value::Int(number)) => Conversion::AsIs.apply(kind, &[&number.to_string()]),
            Ok(cel::Value::Bool(truth)) => Ok(Value::Boolean(truth)),
            Ok(_) => Err(Defect::WrongType),
            Err(error) => Err(defect(&error)),
        }
    }
}

/// What a failed evaluation means. The error itself may quote values and goes no further.
fn defect(error: &ExecutionError) -> Defect {
    match error {
        ExecutionError::FunctionError { function, .. }
            if [DECIMAL_ERROR, "int"].contains(&function.as_str()) =>
        {
            Defect::BadNumber
        }
        ExecutionError::Overflow(..)
        | ExecutionError::DivisionByZero(_)
        | ExecutionError::RemainderByZero(_) => Defect::OutOfRange,
        ExecutionError::FunctionError { .. } | ExecutionError::IndexOutOfBounds(_) => {
            Defect::BadFormat
        }
        _ => Defect::WrongType,
    }
}

fn on_a_big_stack<T: Send>(
    work: impl FnOnce() -> Result<T, Vec<String>> + Send,
) -> Result<T, Vec<String>> {
    let failed = || vec!["the expression could not be compiled".to_owned()];
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(COMPILE_STACK_BYTES);
        let running = thread.spawn_scoped(scope, work).map_err(|_| failed())?;
        running.join().unwrap_or_else(|_| Err(failed()))
    })
}

fn parsed(source: &str) -> Result<IdedExpr, Vec<String>> {
    let unavailable = || vec!["the expression language is not available".to_owned()];
    let env = ENVIRONMENT.as_ref().ok_or_else(unavailable)?;
    env.parser().parse(source).map_err(|errors| {
        let errors = errors.errors.iter();
        errors
            .map(|error| {
                let (line, column) = error.pos;
                let why = error.msg.lines().next().unwrap_or_default();
                format!("the expression is not well-formed at {line}:{column}: {why}")
            })
            .collect()
    })
}

/// A pattern is compiled for every row; one that cannot be compiled is a fault of the file.
fn pattern_is_sound(pattern: &str) -> Result<(), Vec<String>> {
    let refused = || vec![format!("`{pattern}` is not a pattern")];
    let env = ENVIRONMENT.as_ref().ok_or_else(refused)?;
    let probe = parsed("'a'.matches(p)")?;
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_from_value("p", pattern.to_owned());
    match cel::Value::resolve(&probe, &context) {
        Ok(_) => Ok(()),
        Err(_) => Err(refused()),
    }
}

type Text = CelString<'static>;

fn add_decimals(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn decimal_add: (CelString, CelString) -> Result<Text>)?;
    cel::add_overload!(env, fn decimal_subtract: (CelString, CelString) -> Result<Text>)?;
    cel::add_overload!(env, fn decimal_multiply: (CelString, CelString) -> Result<Text>)?;
    cel::add_overload!(env, fn decimal_divide: (CelString, CelString, CelInt) -> Result<Text>)?;
    cel::add_overload!(env, fn decimal_round: (CelString, CelInt) -> Result<Text>)?;
    cel::add_overload!(env, fn decimal_compare: (CelString, CelString) -> Result<CelInt>)?;
    cel::add_overload!(env, fn fen_to_yuan: (CelString) -> Result<Text>)
}

fn told<T, U: From<T>>(result: Option<T>) -> Result<U, ExecutionError> {
    let failed = || ExecutionError::function_error(DECIMAL_ERROR, "not a decimal number");
    result.map(U::from).ok_or_else(failed)
}

fn decimal_add(a: &CelString<'_>, b: &CelString<'_>) -> Result<Text, ExecutionError> {
    told(decimals::add(a.inner(), b.inner()))
}

fn decimal_subtract(a: &CelString<'_>, b: &CelString<'_>) -> Result<Text, ExecutionError> {
    told(decimals::subtract(a.inner(), b.inner()))
}

fn decimal_multiply(a: &CelString<'_>, b: &CelString<'_>) -> Result<Text, ExecutionError> {
    told(decimals::multiply(a.inner(), b.inner()))
}

fn decimal_divide(
    a: &CelString<'_>,
    b: &CelString<'_>,
    digits: &CelInt,
) -> Result<Text, ExecutionError> {
    told(decimals::divide(a.inner(), b.inner(), *digits.inner()))
}

fn decimal_round(a: &CelString<'_>, digits: &CelInt) -> Result<Text, ExecutionError> {
    told(decimals::round(a.inner(), *digits.inner()))
}

fn decimal_compare(a: &CelString<'_>, b: &CelString<'_>) -> Result<CelInt, ExecutionError> {
    told(decimals::compare(a.inner(), b.inner()))
}

fn fen_to_yuan(fen: &CelString<'_>) -> Result<Text, ExecutionError> {
    told(decimals::fen_to_yuan(fen.inner()))
}

#[cfg(test)]
mod tests;
