//! Whether two records mean one house. House identity is fuzzy: the real-estate unit number decides
//! where both have one; then an equal contract number; then the address in one spelling. It refuses
//! to call two houses different that share nothing to compare.

use super::heard::Told;

/// Numbers and words that start with a contract number without being part of it.
const CONTRACT_PREFIXES: [&str; 3] = ["网签", "合同", "XY"];
/// Signs between the parts of an address.
const SEPARATORS: [char; 8] = ['，', ',', '、', '-', '—', '(', ')', '·'];
const DIGITS: [char; 9] = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
/// What a number written as a word stands before in an address.
const COUNTED: [char; 7] = ['号', '楼', '栋', '幢', '座', '单', '层'];

/// What a record or an application says of a house.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct House {
    /// Real-estate unit number.
    pub unit: Option<String>,
    /// Number of the purchase contract.
    pub contract: Option<String>,
    /// Address.
    pub address: Option<String>,
}

impl House {
    pub(super) fn of(told: &Told<'_>) -> Self {
        Self {
            unit: told.text("bdcdyh"),
            contract: told.text("gfhtbh"),
            address: told.text("fwzl"),
        }
    }

    /// Whether both mean one house; nothing where they cannot be compared.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> Option<bool> {
        if let (Some(one), Some(two)) = (&self.unit, &other.unit) {
            return Some(squeezed(one) == squeezed(two));
        }
        let contracts = match (&self.contract, &other.contract) {
            (Some(one), Some(two)) => Some(plain_contract(one) == plain_contract(two)),
            _ => None,
        };
        if contracts == Some(true) {
            return contracts;
        }
        match (&self.address, &other.address) {
            (Some(one), Some(two)) => Some(Address::of(one).is_same(&Address::of(two))),
            _ => contracts,
        }
    }
}

/// A contract number without blanks and prefix.
pub(super) fn plain_contract(number: &str) -> String {
    let mut plain = squeezed(number);
    for prefix in CONTRACT_PREFIXES {
        if let Some(rest) = plain.strip_prefix(prefix) {
            plain = rest.to_owned();
        }
    }
    plain
}

/// Half width, upper case, no blanks.
fn squeezed(text: &str) -> String {
    let half = |symbol: char| match symbol {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(symbol) - 0xfee0).unwrap_or(symbol),
        '號' => '号',
        _ => symbol.to_ascii_uppercase(),
    };
    text.chars()
        .filter(|symbol| !symbol.is_whitespace())
        .map(half)
        .collect()
}

/// An address in one spelling: district apart, since some leave it out.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    district: Option<String>,
    rest: String,
}

impl Address {
    fn of(text: &str) -> Self {
        let text = squeezed(text);
        let text: String = text.chars().filter(|c| !SEPARATORS.contains(c)).collect();
        let text = text.strip_prefix("北京市").unwrap_or(&text);
        let text = text.strip_prefix("北京").unwrap_or(text);
        let text = text.strip_prefix("市辖区").unwrap_or(text);
        let (district, rest) = match text.split_once('区') {
            // A division of Beijing has two or three signs; 区 further on is a quarter.
            Some((name, rest)) if (2..=3).contains(&name.chars().count()) => {
                (Some(name.to_owned()), rest)
            }
            _ => (None, text),
        };
        Self {
            district,
            rest: spelled(rest),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let districts = match (&self.district, &other.district) {
            (Some(one), Some(two)) => one == two,
            _ => true,
        };
        districts && self.rest == other.rest
    }
}

/// Road, number, building, unit and room in one spelling.
fn spelled(rest: &str) -> String {
    let signs: Vec<char> = rest.chars().collect();
    let mut plain = String::new();
    for (at, sign) in signs.iter().enumerate() {
        let is_counting = signs.get(at + 1).is_some_and(|next| COUNTED.contains(next));
        let digit = DIGITS
            .iter()
            .position(|digit| digit == sign)
            .filter(|_| is_counting);
        match digit {
            Some(digit) => plain.push_str(&(digit + 1).to_string()),
            None if ['栋', '幢', '座'].contains(sign) => plain.push('楼'),
            None => plain.push(*sign),
        }
    }
    let plain = plain.replace("号楼", "楼");
    let end = |sign: char| ['室', '房', '号'].contains(&sign);
    plain.trim_end_matches(end).to_owned()
}
