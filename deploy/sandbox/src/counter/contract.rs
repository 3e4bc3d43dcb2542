//! The net-signed contract: does it agree, and what does the house cost.

use rust_decimal::Decimal;

use super::heard::{if_heard, told};
use super::house::plain_contract;
use super::{Reason, Rule, Verdict, weigh};
use crate::client::Answer;

const CANCELLED: &str = "03";

/// Whether the housing commission knows this contract of the buyer, and every flag that it checked
/// agrees. A cancelled contract does not; one that is being changed is a person's to judge.
#[must_use]
pub fn contract_check(answer: &Answer, contract: &str) -> Verdict {
    let asked = plain_contract(contract);
    let mut is_known = false;
    let mut found = Vec::new();
    for told in told(answer, "12") {
        let number = told
            .text("wqhth")
            .and_then(|number| plain_contract(&number));
        match told.text("hyjg").as_deref() {
            Some("05") => found.push(Verdict::Park([told.node().to_owned()].into())),
            Some("04") => found.push(told.unreadable()),
            _ if number.is_none() || number != asked => {}
            Some("01") => {
                is_known = true;
                let flags = told.text("wxhyjg");
                found.push(match told.text("htzt").as_deref() {
                    _ if flags.is_none() => told.unreadable(),
                    _ if flags.is_some_and(|flags| flags.contains('N')) => {
                        Verdict::Stop(told.reason(Rule::ContractCheck, "hylsh"))
                    }
                    Some(CANCELLED) => Verdict::Stop(told.reason(Rule::ContractCheck, "hylsh")),
                    Some("01" | "02") => Verdict::Go,
                    _ => told.unreadable(),
                });
            }
            Some(_) => {
                is_known = true;
                found.push(Verdict::Stop(told.reason(Rule::ContractCheck, "hylsh")));
            }
            None => found.push(told.unreadable()),
        }
    }
    let heard = if_heard([answer], &["12"]);
    if !is_known && found.is_empty() && matches!(heard, Verdict::Go) {
        found.push(Verdict::Stop(Reason::of(Rule::ContractCheck)));
    }
    found.push(heard);
    weigh(found)
}

/// The price in the contract, if the housing commission says it.
#[must_use]
pub fn contract_price(answer: &Answer, contract: &str) -> Option<Decimal> {
    let asked = plain_contract(contract);
    told(answer, "12")
        .filter(|told| {
            told.text("wqhth")
                .is_some_and(|number| asked.is_some() && plain_contract(&number) == asked)
        })
        .find_map(|told| told.text("htje")?.parse().ok())
}
