//! Chinese numerals in an address, written as digits where they count something. It refuses to
//! touch a numeral inside a name: 三里屯 and 五道口 are no numbers.

/// Digits by their value.
const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
/// What a numeral in an address stands before when it counts.
const COUNTED: [char; 9] = ['号', '楼', '栋', '幢', '座', '单', '层', '室', '门'];

/// The text with numerals as digits where they count: before a word of counting, or at the end.
pub(super) fn written_as_digits(text: &str) -> String {
    let mut written = String::new();
    let mut numeral = String::new();
    for sign in text.chars().map(one_form) {
        if is_numeral(sign) {
            numeral.push(sign);
            continue;
        }
        end(&mut written, &mut numeral, COUNTED.contains(&sign));
        written.push(sign);
    }
    // Only after a digit, a building or a unit is a numeral at the end a room.
    let is_room = written.ends_with(|sign: char| {
        sign.is_ascii_digit() || ['楼', '元', '层', '号', '栋', '幢', '座', '-'].contains(&sign)
    });
    end(&mut written, &mut numeral, is_room);
    written
}

/// Ends a run of numerals.
fn end(written: &mut String, numeral: &mut String, counts: bool) {
    let number = counts.then(|| value(numeral)).flatten();
    match number {
        Some(number) => written.push_str(&number),
        None => written.push_str(numeral),
    }
    numeral.clear();
}

/// Digits for a numeral: place by place (一零一), or with tens and hundreds (二十一).
fn value(numeral: &str) -> Option<String> {
    if numeral.is_empty() {
        return None;
    }
    if !numeral.contains(['十', '百']) {
        let digits = numeral.chars().map(digit);
        return digits.map(|digit| digit.map(|d| d.to_string())).collect();
    }
    let (hundreds, rest) = match numeral.split_once('百') {
        Some((hundreds, rest)) => (single(hundreds)?, rest),
        None => (0, numeral),
    };
    let (tens, ones) = match rest.split_once('十') {
        Some(("", ones)) => (1, ones),
        Some((tens, ones)) => (single(tens.trim_start_matches('零'))?, ones),
        None => (0, rest),
    };
    let ones = ones.trim_start_matches('零');
    let ones = if ones.is_empty() { 0 } else { single(ones)? };
    Some((hundreds * 100 + tens * 10 + ones).to_string())
}

/// The value of one digit.
fn single(text: &str) -> Option<u32> {
    let mut signs = text.chars();
    let value = digit(signs.next()?)?;
    signs.next().is_none().then_some(value)
}

fn digit(sign: char) -> Option<u32> {
    let place = DIGITS.iter().position(|digit| *digit == sign)?;
    u32::try_from(place).ok()
}

fn is_numeral(sign: char) -> bool {
    DIGITS.contains(&sign) || ['十', '百'].contains(&sign)
}

/// One of several forms of a sign.
const fn one_form(sign: char) -> char {
    match sign {
        '〇' | '○' => '零',
        '號' => '号',
        '樓' => '楼',
        '棟' => '栋',
        '單' => '单',
        '層' => '层',
        '區' => '区',
        '—' | '–' | '－' | '~' | '#' | '/' => '-',
        _ => sign,
    }
}
