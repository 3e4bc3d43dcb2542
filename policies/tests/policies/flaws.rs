//! What loading refuses of a flow file, one row each, with the line and the whole reason.

use super::book::faults;
use super::loading::DETAILS;
use super::star::book_of;

/// What is replaced, by what, and the fault in full.
const DETAILS_REFUSED: &[(&str, &str, &str)] = &[
    (
        "\"06.fse\", \"06.spzt\"",
        "\"06.fse\", \"06.nosuch\", \"06.spzt\"",
        "16: `06.nosuch`: the catalog has no such item",
    ),
    (
        "\"12.hyjg\"]",
        "\"15.hyjg\", \"12.hyjg\"]",
        "16: `15.hyjg`: the catalog has no such class",
    ),
    (
        "\"12.hyjg\"]",
        "\"12.wqcxmm\", \"12.hyjg\"]",
        "16: `12.wqcxmm` is passed on only and is never answered",
    ),
    (
        "\"04.grzhzt\", \"06.fse\"",
        "\"04.*\", \"06.fse\"",
        "16: `04.*` would cover 04-01, 04-03, 04-04, 04-05, 04-11, 04-12, 04-13, 04-14, of grade \
         L3 or \
      L4: name every item of the class by itself",
    ),
    (
        "matters = [\"07\"]",
        "matters = [\"53\"]",
        "4: `53`: a matter is two digits from 01 to 52, or 00 for none",
    ),
    (
        "matters = [\"07\"]",
        "matters = [\"00\"]",
        "4: `00`: a flow without a matter says `matters = \"none\"`, and has no other",
    ),
    (
        "matters = [\"07\"]",
        "matters = \"all\"",
        "4: `all`: a matter is two digits from 01 to 52, or 00 for none",
    ),
    (
        "roles = [\"applicant\"]",
        "roles = [\"friend\"]",
        "5: `friend`: a role is `applicant`, `spouse`, `co-borrower`, `employer`, \
      `legal-representative`, `handler`, `family-member`, `ex-spouse`, `deceased`, `named`, \
      `listed` or `house`",
    ),
    (
        "targets = \"all\"",
        "targets = [\"City\"]",
        "8: `City`: targets are `all`, `own`, `named` or a list of node ids",
    ),
    (
        "pace = \"interactive\"\ntargets = \"all\"",
        "pace = \"batch\"\ntargets = \"named\"",
        "1: a flow that is asked by list names no centers",
    ),
    (
        "hours = \"counter\"",
        "hours = \"noon\"",
        "14: `noon`: hours are `always`, `counter`, `workday` or `night`",
    ),
    (
        "list_max = 10",
        "list_max = 5001",
        "15: `list_max` must be a whole number from 0 to 5000",
    ),
    (
        "officer = false",
        "officer = \"no\"",
        "13: `officer` must be true or false",
    ),
    (
        "gives = [\"12.wqhth\"",
        "gives = [\"06.jkhtbh\"",
        "17: `06.jkhtbh`: values are passed on to the outside offices of classes 12 to 14 only",
    ),
    (
        "gives = [\"12.wqhth\"",
        "gives = [\"13.pozjhm\"",
        "17: `13.pozjhm`: a value is passed on for a class of which the flow lists no item",
    ),
    (
        "gives = [\"12.wqhth\"",
        "gives = [\"12.htje\"",
        "17: `12.htje`: only a name, number or password is passed on",
    ),
    (
        "gives = [\"12.wqhth\"",
        "gives = [\"12.hylsh\"",
        "17: `12.hylsh`: only a name, number or password is passed on",
    ),
    (
        "display = [\"06.fse\"]",
        "display = [\"06.fwzl\"]",
        "18: `06.fwzl` is to be shown and is not listed in `items`",
    ),
    (
        "kind = \"A\"",
        "kind = \"E\"",
        "20: `E`: a basis is `A`, `B`, `C` or `D`",
    ),
    (
        "[\"number\", \"consent\"]",
        "[\"number\"]",
        "19: basis `A` carries its `consent`",
    ),
    (
        "[\"number\", \"consent\"]",
        "[\"consent\"]",
        "19: basis `A` carries its `number`",
    ),
    (
        "[\"number\", \"consent\"]",
        "[\"number\", \"consent\", \"luck\"]",
        "21: `luck`: a basis carries `number`, `consent`, `issuer`, `date`, `period`, `officers`, \
      `approver` or `scope`",
    ),
    (
        "id = \"live\"",
        "id = \"Live\"",
        "23: `Live`: a verdict is 1 to 32 small letters, digits and dashes",
    ),
    (
        "id = \"lease\"",
        "id = \"live\"",
        "33: verdict `live` is registered twice",
    ),
    (
        "display = [",
        "judged = [\"06.fse\"]\ndisplay = [",
        "18: `06.fse` is listed in `items` too: it is answered, or it is only judged",
    ),
    (
        "display = [",
        "judged = [\"06.tqyy\"]\ndisplay = [",
        "1: `06-07` is in `judged`, and no verdict looks at it",
    ),
    (
        "display = [",
        "judged = [\"05.fse\"]\ndisplay = [",
        "18: `05.fse` is of a class of which the flow lists no item",
    ),
    (
        "display = [",
        "judged = [\"12.wqcxmm\"]\ndisplay = [",
        "18: `12.wqcxmm` is passed on only, so that no record has it",
    ),
    (
        "item = \"06.fse\"",
        "item = \"06.fse\"\nreversed_by = { amount = \"06.fse\", day = \"06.zlqsrq\" }",
        "33: `only` must say by which codes a reversal is known",
    ),
    (
        "item = \"06.fse\"",
        "item = \"06.fse\"\nreversed_by = { only = { \"06.spzt\" = [\"08\"] }, \
         amount = \"06.spzt\", day = \"06.zlqsrq\" }",
        "33: `06.spzt` does not hold a decimal number",
    ),
    (
        "item = \"06.fse\"",
        "item = \"06.fse\"\nreversed_by = { only = { \"06.spzt\" = [\"08\"] }, \
         amount = \"06.spzt\", day = \"06.zlqsrq\" }",
        "27: a sum nets the `amount` of its reversals and of no other item",
    ),
    (
        "item = \"06.fse\"",
        "item = \"06.fse\"\nreversed_by = { only = { \"06.spzt\" = [\"08\"] }, \
         amount = \"06.fse\", day = \"06.sqrq\" }",
        "33: `06.sqrq` is used by a verdict and is not listed in `items`",
    ),
    (
        "display = [",
        "details_on = [\"live\", \"dead\"]\ndisplay = [",
        "18: `dead` is no verdict of the flow",
    ),
    (
        "display = [",
        "details_on = [\"lease\"]\ndisplay = [",
        "18: `lease` needs a limit or span, which a question for details does not bring",
    ),
    (
        "display = [",
        "details_on = []\ndisplay = [",
        "18: `details_on` must be a list of texts with at least one entry",
    ),
    (
        "test = \"exists\"",
        "test = \"exists\"\nmeasures_max = 3",
        "22: `measures_max` bounds `sum-within` and `months-overlap` only",
    ),
    (
        "test = \"sum-within\"",
        "test = \"sum-within\"\nmeasures_max = 21",
        "32: `measures_max` must be a whole number from 1 to 20",
    ),
    (
        "test = \"sum-within\"",
        "test = \"sum-within\"\nmonths_max = 12",
        "27: `months_max` bounds `months-overlap` only",
    ),
    (
        "test = \"months-overlap\"",
        "test = \"months-overlap\"\nmonths_max = 1201",
        "37: `months_max` must be a whole number from 1 to 1200",
    ),
    (
        "class = \"04\"\nonly",
        "class = \"05\"\nonly",
        "24: `05` is no class of which the flow lists items",
    ),
    (
        "only = { \"04.grzhzt\"",
        "only = { \"04.djbz\"",
        "25: `04.djbz` is used by a verdict and is not listed in `items`",
    ),
    (
        "only = { \"04.grzhzt\"",
        "only = { \"06.spzt\"",
        "25: `06.spzt` is of another class than the verdict",
    ),
    (
        "[\"01\", \"06\"] }",
        "[\"01\", \"66\"] }",
        "25: `66` is no code of `personal-account-status`",
    ),
    (
        "only = { \"06.spzt\"",
        "only = { \"06.fse\"",
        "30: `06.fse` holds neither codes nor text",
    ),
    (
        "test = \"exists\"",
        "test = \"guess\"",
        "26: `guess`: a test is `exists`, `count-by`, `sum-within` or `months-overlap`",
    ),
    (
        "test = \"exists\"",
        "test = \"exists\"\nitem = \"04.grzhzt\"",
        "27: unknown key `item`",
    ),
    (
        "item = \"06.fse\"",
        "item = \"06.spzt\"",
        "32: `06.spzt` does not hold a decimal number",
    ),
    (
        "from = \"06.zlqsrq\"",
        "from = \"06.fse\"",
        "37: `06.fse` does not hold a day or a month",
    ),
    ("until = \"06.zlzzrq\"", "", "33: `until` is missing"),
    (
        "item = \"04.grzhzt\"",
        "item = \"06.fse\"",
        "43: `06.fse` does not hold one code",
    ),
    (
        "item = \"06.zlqsrq\"\nmonths",
        "item = \"06.fse\"\nmonths",
        "45: `06.fse` holds neither a day nor a month",
    ),
    (
        "item = \"06.zlqsrq\"\nmonths",
        "item = \"06.sqrq\"\nmonths",
        "45: `06.sqrq` is not listed in `items`",
    ),
    (
        "months = 24",
        "",
        "44: a span says either `months` or `basis = true`",
    ),
    (
        "months = 24",
        "months = 24\nbasis = true",
        "44: a span says either `months` or `basis = true`",
    ),
    (
        "months = 24",
        "basis = true",
        "1: a span over the basis needs a basis that carries its `period`",
    ),
    (
        "months = 24",
        "months = 24\n[[span]]\nitem = \"06.zlqsrq\"\nmonths = 6",
        "47: this item has a span already",
    ),
    (
        "months = 24",
        "months = 24\n[[enabled]]\nnode = \"city\"\nfrom = 2020-01-01",
        "47: unknown key `enabled`",
    ),
];

/// A flow for a match, whose verdict needs both of its items.
const MATCH: &str = "\
id = \"F52\"
zh = \"二\"
en = \"two\"
matters = \"any\"
roles = [\"named\"]
mode = \"match\"
pace = \"interactive\"
targets = \"all\"
deadline_ms = 2000
asks_per_case = 20
case_valid_minutes = 30
second_approver = true
officer = true
items = [
    \"11.blxxzt\",
    \"11.xzsx\",
    \"08.dksqbh\",
]
[basis]
kind = \"C\"
carries = [\"number\", \"issuer\", \"date\", \"officers\"]
[[verdict]]
id = \"restricted\"
class = \"11\"
only = { \"11.blxxzt\" = [\"1\"], \"11.xzsx\" = [\"04\"] }
test = \"exists\"
";

const MATCH_REFUSED: &[(&str, &str, &str)] = &[
    (
        "targets = \"all\"",
        "targets = \"named\"",
        "1: a flow with a second approver names no centers: the approval does not show them",
    ),
    (
        "    \"11.xzsx\",",
        "    \"11.xzsx\", \"11.zzrq\",",
        "16: `11-11` is more than a match needs: no verdict and no span uses it",
    ),
    (
        "\"08.dksqbh\"",
        "\"08.dkzt\"",
        "17: `08-07` is more than a match needs: no verdict and no span uses it",
    ),
    (
        "    \"11.xzsx\",",
        "    \"11.xzsx\", \"11.blxxbh\",",
        "16: `11-01` is more than a match needs: no verdict and no span uses it",
    ),
    (
        "officer = true\n",
        "officer = true\ndisplay = [\"11.xzsx\"]\n",
        "1: a match flow has no items to `display`",
    ),
    (
        "officer = true\n",
        "officer = true\ndetails_on = [\"restricted\"]\n",
        "1: a match flow gives no details, on whatever verdict",
    ),
    (
        "second_approver = true",
        "second_approver = false",
        "1: a flow on basis `C` needs a second approver",
    ),
    (
        "officer = true",
        "officer = false",
        "1: a flow on basis `C` needs a designated officer",
    ),
    (
        "\"date\", \"officers\"",
        "\"date\"",
        "19: basis `C` carries its `officers`",
    ),
    (
        "\"issuer\", \"date\"",
        "\"date\"",
        "19: basis `C` carries its `issuer`",
    ),
    (
        "\"issuer\", \"date\"",
        "\"issuer\"",
        "19: basis `C` carries its `date`",
    ),
    (
        "roles = [\"named\"]",
        "roles = [\"named\", \"listed\"]",
        "1: basis `C` carries its `period`, or names every subject",
    ),
    (
        "kind = \"C\"",
        "kind = \"D\"",
        "19: basis `D` carries its `approver`",
    ),
    (
        "kind = \"C\"",
        "kind = \"D\"",
        "19: basis `D` carries its `scope`",
    ),
];

fn refused(flow: &str) -> Vec<String> {
    match book_of(&[flow], &[]) {
        Ok(_) => Vec::new(),
        Err(error) => faults(error),
    }
}

#[test]
fn every_flaw_of_a_flow_is_refused_with_its_line() {
    for (good, rows) in [(DETAILS, DETAILS_REFUSED), (MATCH, MATCH_REFUSED)] {
        assert_eq!(
            refused(good),
            Vec::<String>::new(),
            "the flow to be spoilt is good"
        );
        for (from, to, wanted) in rows {
            assert!(good.contains(from), "nothing like `{from}`");
            let found = refused(&good.replacen(from, to, 1));
            let wanted = format!("flow.toml:{wanted}");
            assert!(
                found.contains(&wanted),
                "{from} -> {to}\n{wanted}\n{found:#?}"
            );
        }
    }
}

#[test]
fn at_most_sixteen_verdicts_fit_one_question() {
    let more: String = (0..16)
        .map(|n| format!("[[verdict]]\nid = \"v{n}\"\nclass = \"11\"\ntest = \"exists\"\n"))
        .collect();
    let found = refused(&format!("{MATCH}{more}"));
    assert_eq!(found, ["flow.toml:1: more than 16 verdicts"]);
}
