//! Expressions that are refused at load, and what the others give for rows.

use super::*;

fn compile(source: &str, columns: &[&str], kind: &ItemType) -> Result<Expression, Vec<String>> {
    let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let check = |value: &Value| match value {
        Value::Code(code) if !["01", "02", "99"].contains(&code.as_str()) => {
            Err(Defect::UnknownCode)
        }
        _ => Ok(()),
    };
    Expression::compile(source, &columns, kind, &check)
}

fn text() -> ItemType {
    ItemType::Text { len_max: 40 }
}

fn code() -> ItemType {
    ItemType::Code {
        set: "id-type".to_owned(),
        multiple: false,
    }
}

const MONEY: ItemType = ItemType::Decimal {
    precision: 18,
    scale: 2,
};

#[test]
fn what_cannot_be_right_does_not_compile() {
    let long = format!("A + '{}'", "x".repeat(SOURCE_BYTES_MAX));
    let deep = format!("{}A{}", "(".repeat(300), ")".repeat(300));
    let nested = format!("{}A{}", "string(".repeat(60), ")".repeat(60));
    let faults = [
        ("A +", "not well-formed"),
        ("B", "`B` is not a column that `from` names"),
        ("A.upper()", "unknown function `upper`"),
        ("now()", "unknown function `now`"),
        ("[A].map(x, x)", "cannot use `map`"),
        ("[A].filter(x, x == 'a')", "cannot use `filter`"),
        ("[A].all(x, x == 'a') ? 'a' : A", "cannot use `all`"),
        ("[A].exists(x, x == 'a') ? 'a' : A", "cannot use `exists`"),
        (
            "[A].exists_one(x, x == 'a') ? 'a' : A",
            "cannot use `exists_one`",
        ),
        ("has(A.b) ? 'a' : A", "cannot use `has`"),
        ("A.b", "no maps, messages or fields"),
        ("{'a': A}['a']", "no maps, messages or fields"),
        ("string(1.5) + A", "no floats"),
        ("string(1u) + A", "no unsigned numbers"),
        ("double(A)", "unknown function `double`"),
        ("timestamp(A)", "unknown function `timestamp`"),
        ("A + 1", "`_+_` does not take (text or null, whole number)"),
        ("A == 1 ? 'a' : 'b'", "`_==_` does not take"),
        (
            "size(A)",
            "gives whole number, which cannot fill a text item",
        ),
        ("A == 'x'", "gives boolean, which cannot fill a text item"),
        ("A == 'x' ? A : 7", "gives text or whole number or null"),
        ("A == '' ? null : null", "gives null, which cannot fill"),
        ("'always'", "does not use the column `A`"),
        ("A.matches('(') ? 'a' : 'b'", "`(` is not a pattern"),
        (
            "A.matches(A) ? 'a' : 'b'",
            "the pattern of `matches` must be a text",
        ),
        ("A.replace('a', 'aa')", "`replace` takes two texts"),
        ("A.replace('', '')", "`replace` takes two texts"),
        (&long, "longer than 1024 bytes"),
        (&deep, ""),
        (&nested, ""),
    ];
    for (source, reason) in faults {
        let refused = compile(source, &["A"], &text()).expect_err(source);
        assert!(
            refused.iter().any(|fault| fault.contains(reason)),
            "{source}: {refused:?}"
        );
    }
    let outside = compile("A == '1' ? '01' : '77'", &["A"], &code()).unwrap_err();
    assert_eq!(
        outside,
        ["the expression can give `77`, which is refused: unknown-code"]
    );
    let money = compile("A == '' ? '1.234' : A", &["A"], &MONEY).unwrap_err();
    assert!(money[0].contains("bad-precision"), "{money:?}");
    let two = compile("c2", &["c2", "开户日期"], &text()).unwrap_err();
    assert_eq!(two, ["two columns have one name in the expression"]);
}

type Row<'a> = (&'a [&'a str], Result<&'a str, Defect>);

fn table(source: &str, columns: &[&str], kind: &ItemType, rows: &[Row<'_>]) {
    let expression = compile(source, columns, kind).unwrap_or_else(|f| panic!("{source}: {f:?}"));
    for (raw, expected) in rows {
        let value = expression.value(kind, raw).map(|value| match value {
            Value::Absent(_) => "(absent)".to_owned(),
            value => value.canonical(),
        });
        assert_eq!(value, expected.map(str::to_owned), "{source} over {raw:?}");
    }
}

#[test]
fn values_are_what_the_expression_says() {
    let status = "STATE == '9' && LAST in ['06', '07'] ? '02' : STATE == '0' ? '01' : '99'";
    table(
        status,
        &["STATE", "LAST"],
        &code(),
        &[
            (&["9", "06"], Ok("02")),
            (&["0", ""], Ok("01")),
            (&["9", "12"], Ok("99")),
            (&["", ""], Ok("99")),
        ],
    );
    table(
        "A == null ? 'none' : A.startsWith('BJ') ? A.substring(2).trim() : null",
        &["A"],
        &text(),
        &[
            (&[""], Ok("none")),
            (&["BJ 12"], Ok("12")),
            (&["SH12"], Ok("(absent)")),
        ],
    );
    table(
        "c1 + '-' + A.split('/')[1]",
        &["单位账号", "A"],
        &text(),
        &[
            (&["7", "1/2"], Ok("7-2")),
            (&["7", "1"], Err(Defect::BadFormat)),
            (&["", "1/2"], Err(Defect::WrongType)),
        ],
    );
    let months = ItemType::Integer { digits: 3 };
    table(
        "int(A) * 12",
        &["A"],
        &months,
        &[
            (&["30"], Ok("360")),
            (&["x"], Err(Defect::BadNumber)),
            (&["9223372036854775807"], Err(Defect::OutOfRange)),
        ],
    );
    let boolean = "A.matches('^[YJ]$') || A == '1'";
    table(
        boolean,
        &["A"],
        &ItemType::Boolean,
        &[(&["J"], Ok("true")), (&["N"], Ok("false"))],
    );
}

#[test]
fn money_is_exact_and_never_a_float() {
    table(
        "decimalAdd(A, B)",
        &["A", "B"],
        &MONEY,
        &[
            (&["0.1", "0.2"], Ok("0.30")),
            (&["-5", "2.50"], Ok("-2.50")),
            (&["1e3", "1"], Err(Defect::BadNumber)),
            (&["NaN", "1"], Err(Defect::BadNumber)),
            (&["99999999999999999999.99", "1"], Err(Defect::BadNumber)),
        ],
    );
    table(
        "decimalDivide(decimalMultiply(fenToYuan(A), '1'), '3', 2)",
        &["A"],
        &MONEY,
        &[
            (&["0000001000+"], Ok("3.33")),
            (&["0000000200-"], Ok("-0.67")),
            (&["1.5"], Err(Defect::BadNumber)),
        ],
    );
    table(
        "decimalCompare(A, '0') < 0 ? null : decimalRound(decimalSubtract(A, '0.005'), 2)",
        &["A"],
        &MONEY,
        &[
            (&["-1"], Ok("(absent)")),
            (&["10"], Ok("10.00")),
            (&["10.004"], Ok("10.00")),
        ],
    );
    table(
        "decimalDivide(A, '0', 2)",
        &["A"],
        &MONEY,
        &[(&["1"], Err(Defect::BadNumber))],
    );
    table(
        "A",
        &["A"],
        &MONEY,
        &[(&["1.005"], Err(Defect::BadPrecision))],
    );
}

#[test]
fn blank_has_a_meaning_only_where_null_is_written() {
    let silent = compile("A + 'x'", &["A"], &text()).unwrap();
    let spoken = compile("A == null ? 'x' : A", &["A"], &text()).unwrap();
    assert!(!silent.gives_blank_a_meaning());
    assert!(spoken.gives_blank_a_meaning());
}

#[test]
fn the_deepest_expression_fits_a_workers_stack() {
    let calls = format!("{}A{}", "string(".repeat(22), ")".repeat(22));
    let branches = format!("{}A", "A == 'x' ? 'y' : ".repeat(22));
    for source in [calls, branches] {
        let small = thread::Builder::new().stack_size(1 << 20).spawn(move || {
            let expression = compile(&source, &["A"], &text()).unwrap_or_else(|f| panic!("{f:?}"));
            expression.value(&text(), &["7"])
        });
        let value = small.unwrap().join().unwrap();
        assert_eq!(value, Ok(Value::Text("7".to_owned())));
    }
}
