//! What is suspended while a list runs stops its next line.

use policies::Role;
use wire::{RefusalCode, v1};

use super::fixture::{Caller, code, list, lists, settled};
use crate::acts::Wanted;
use crate::broker::tests::fixture::{self as star, Ask};
use crate::staff::Staff;

#[tokio::test]
async fn the_next_line_of_a_running_list_is_refused() {
    let star = lists();
    let _nodes = star.attach_all(star::one_account);
    let mut caller = Caller::of(&star).await;
    let ask = Ask::honest(&star);
    let (lines, mut answers) = caller.begin().await;
    lines.send(list(&ask, 1)).await.expect("is taken");
    let first = answers.message().await.expect("is sound").expect("comes");
    let answered = matches!(first.outcome, Some(v1::line_answer::Outcome::Answer(_)));
    assert!(answered, "{first:?}");
    let staff = Staff {
        name: "zhao".to_owned(),
        serial: "0b".to_owned(),
        roles: [Role::Duty].into(),
    };
    let suspend = Wanted {
        act: "suspend".to_owned(),
        target: format!("case/guoguan/{}", ask.case.case_no),
        until: None,
        value: None,
        reason: "drill".to_owned(),
        key: "1".to_owned(),
    };
    star.broker.act(staff, suspend).await.expect("may");
    lines.send(list(&ask, 2)).await.expect("is taken");
    let second = answers.message().await.expect("is sound").expect("comes");
    let refused = RefusalCode::SuspendedCase.to_string();
    assert_eq!(code(&second.outcome), Some(refused));
    drop((lines, answers));
    settled(&star).await;
}
