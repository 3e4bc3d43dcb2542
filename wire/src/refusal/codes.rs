//! The closed list of refusal codes, one row each: name, code, whose turn, Chinese, English.

use super::Turn;
use super::listed::refusal_codes;

refusal_codes! {
    CallerUnknown "TS-CALLER-UNKNOWN" Caller
        "本系统不认识该节点，请联系中心枢纽登记。"
        "This node is not registered with the hub; ask the hub to register it.";
    CallerNotNode "TS-CALLER-NOT-NODE" Caller
        "该证书不是节点证书，不能提问或接入。"
        "This certificate does not belong to a node, so it can neither ask nor attach.";
    AskMalformed "TS-ASK-MALFORMED" Caller
        "请求格式不正确，请检查调用方程序。"
        "The request is malformed; check the calling program.";
    AskTooLarge "TS-ASK-TOO-LARGE" Caller
        "请求过大，请减少内容后重试。"
        "The request is too large; ask for less and try again.";
    ItemUnknown "TS-ITEM-UNKNOWN" Caller
        "请求了目录中不存在的信息类或信息项。"
        "The request names a class or item that the catalog does not have.";
    SubjectMalformed "TS-SUBJECT-MALFORMED" Caller
        "证件类型或证件号码不正确，请核对后重新录入。"
        "The id type or id number is not well formed; check it and enter it again.";
    GivenMissing "TS-GIVEN-MISSING" Caller
        "核验该信息类须提供合同号、查询密码等核验要素，请补录后重新查询；结果未知，请勿视为无记录。"
        "This check needs values such as the contract number and query password; enter them and ask again. The result is unknown.";
    GivenMalformed "TS-GIVEN-MALFORMED" Caller
        "所提供的核验要素格式不正确，请核对后重新录入。"
        "A value given for the check is not well formed; check it and enter it again.";
    AskCancelled "TS-ASK-CANCELLED" Caller
        "调用方已取消查询，结果未知，请勿视为无记录。"
        "The caller cancelled the question; the result is unknown and must not be read as no record.";
    CaseMissing "TS-CASE-MISSING" Caller
        "没有业务办件，不能查询。请先在业务系统中受理。"
        "There is no business case, so there is no query; open the case in the business system first.";
    CaseMalformed "TS-CASE-MALFORMED" Caller
        "办件凭证无法识别，请检查节点代理程序。"
        "The case statement cannot be read; check the node agent.";
    CasePersonal "TS-CASE-PERSONAL-DATA" Caller
        "经办人、柜台、办件号或依据编号中含有证件号码或姓名，请改用工号和编号。"
        "An operator, counter, case or basis number holds an identity number or a name; use staff and case numbers.";
    CaseUnknown "TS-CASE-UNKNOWN" Caller
        "业务系统中没有该办件号，请核对。"
        "The business system has no such case number; check it.";
    CaseClosed "TS-CASE-CLOSED" Caller
        "该办件已办结或撤销，不能再查询。"
        "The case is closed or withdrawn, so it can no longer ask.";
    CaseNotOpen "TS-CASE-NOT-OPEN" Caller
        "该办件尚未在本节点打开或已过期，请先打开办件。"
        "The case is not open at this node or has expired; open the case first.";
    CaseSignature "TS-CASE-SIGNATURE" Caller
        "办件凭证签名不符，查询被拒绝。"
        "The signature of the case statement does not verify.";
    CaseWrongNode "TS-CASE-WRONG-NODE" Caller
        "办件凭证属于另一个节点。"
        "The case statement belongs to another node.";
    CaseExpired "TS-CASE-EXPIRED" Caller
        "办件凭证已过期，请重新发起。"
        "The case statement has expired; start again from the case.";
    CaseNotYet "TS-CASE-NOT-YET" Caller
        "办件凭证时间早于生效时间，请校对节点时钟。"
        "The case statement is not valid yet; check the node's clock.";
    CaseTooLong "TS-CASE-TOO-LONG" Caller
        "办件凭证有效期超过业务流程规定。"
        "The case statement is valid for longer than the flow allows.";
    CaseFlow "TS-CASE-FLOW" Caller
        "办件凭证与所用业务流程不一致。"
        "The case statement is for another flow.";
    CaseMatter "TS-CASE-MATTER" Caller
        "办件事项不属于该业务流程。"
        "The matter of the case does not belong to this flow.";
    CaseBasis "TS-CASE-BASIS" Caller
        "办件缺少该流程要求的依据。"
        "The case lacks the basis that this flow requires.";
    CaseConsent "TS-CASE-CONSENT" Caller
        "办件没有申请人授权标记，不能查询。"
        "The case carries no consent of the applicant.";
    CaseSubject "TS-CASE-SUBJECT" Caller
        "查询对象不是该办件的当事人，查询被拒绝。"
        "The person asked about is not a party of this case.";
    CaseQuestion "TS-CASE-QUESTION" Caller
        "办件凭证签署的问题与收到的问题不同。"
        "The case statement was signed for another question.";
    CaseReplayed "TS-CASE-REPLAYED" Caller
        "该办件凭证已使用过，不能重复使用。"
        "This case statement has been used before.";
    CaseOverused "TS-CASE-OVERUSED" Policy
        "该办件的查询次数已用完。"
        "This case has used up its number of queries.";
    CaseApprover "TS-CASE-APPROVER" Caller
        "该流程须由第二人审批，审批缺失或不符。"
        "This flow needs a second approver, who is missing or does not fit.";
    CaseApproverSignature "TS-CASE-APPROVER-SIGNATURE" Caller
        "审批人签名与其登记的公钥不符，查询被拒绝。"
        "The approver's signature does not fit the key on the trust list.";
    CaseApproverStatement "TS-CASE-APPROVER-STATEMENT" Caller
        "该审批人尚未取得待签内容，或其已过期，请重新取得后再签名。"
        "There is no statement for this approver to have signed, or it has expired; fetch it again and sign it.";
    CaseMemory "TS-CASE-MEMORY" Capacity
        "枢纽暂时不能接受新的办件凭证，请稍后重试。"
        "The hub cannot take new case statements at the moment; try again later.";
    FlowUnknown "TS-FLOW-UNKNOWN" Policy
        "没有登记该业务流程，不能查询。"
        "No such flow is registered.";
    FlowDisabled "TS-FLOW-DISABLED" Policy
        "该业务流程在本中心尚未启用。"
        "This flow is not enabled for this center.";
    OutsideHours "TS-OUTSIDE-HOURS" Policy
        "现在不在该业务流程的办理时间内，请在工作时间再查。"
        "The flow may not be used at this time; ask again within its working hours.";
    CaseOfficer "TS-CASE-OFFICER" Caller
        "该业务须由登记的专办人员提出并由另一名专办人员复核。"
        "Only designated officers of the center may ask and approve this.";
    FlowVersion "TS-FLOW-VERSION" Policy
        "本中心与枢纽使用的业务流程版本不一致，请联系系统管理员更新流程后再查。"
        "This center and the hub hold different versions of the flow; ask the administrators to update it.";
    VerdictOutsideFlow "TS-VERDICT-OUTSIDE-FLOW" Policy
        "该业务流程没有登记所要的核验结论，不能给出。"
        "The flow has not registered a verdict that was asked for.";
    MeasureOutsideFlow "TS-MEASURE-OUTSIDE-FLOW" Policy
        "所给时段超过该业务流程对此结论规定的月数，请缩短后重新录入。"
        "The span of months given is longer than the flow allows for this verdict; shorten it.";
    CaseMeasures "TS-CASE-MEASURES" Policy
        "该办件对此人已用过流程规定次数的不同限额或时段，不能再换一个查询；已用过的可以重复查询。"
        "This case has put as many different limits or spans to this person as its flow allows; one already used may be asked again.";
    SubjectMeasures "TS-SUBJECT-MEASURES" Policy
        "本中心各办件一周内对此人（房屋）已用过规定总次数的不同限额或时段，请过几天再换新的查询；同一办件已用过的可以重复查询。"
        "The cases of this center have put as many different limits or spans to this subject within a week as is allowed; one that a case has used may be asked again in it.";
    ItemOutsideFlow "TS-ITEM-OUTSIDE-FLOW" Policy
        "所请求的信息项不在该业务流程的授权范围内。"
        "The request names an item outside what this flow allows.";
    ClassOutsideFlow "TS-CLASS-OUTSIDE-FLOW" Policy
        "所请求的信息类不在该业务流程的授权范围内。"
        "The request names a class outside what this flow allows.";
    ModeOutsideFlow "TS-MODE-OUTSIDE-FLOW" Policy
        "该业务流程不允许这种查询方式。"
        "This flow does not allow this mode of query.";
    FlowNotAList "TS-FLOW-NOT-A-LIST" Policy
        "该业务流程不能按名单批量查询，请逐笔查询。"
        "This flow is not asked by list; ask one question at a time.";
    ListTooLong "TS-LIST-TOO-LONG" Policy
        "名单行数超过该业务流程的规定，请分批办理。"
        "The list has more lines than this flow allows; split it.";
    Suspended "TS-SUSPENDED" Policy
        "本中心的节点已被枢纽暂停使用，请联系枢纽的安全管理员。"
        "The hub has suspended this center's node; call the hub's security administrator.";
    SuspendedOperator "TS-SUSPENDED-OPERATOR" Policy
        "该经办人或审批人已被暂停使用，请换其他人员办理，并联系枢纽的安全管理员。"
        "The operator or the approver is suspended; let somebody else handle the case and call the hub's security administrator.";
    SuspendedFlow "TS-SUSPENDED-FLOW" Policy
        "该业务流程已被暂停使用，请稍后再办，或联系枢纽的安全管理员。"
        "This flow is suspended; try later or call the hub's security administrator.";
    SuspendedCase "TS-SUSPENDED-CASE" Policy
        "该办件已被暂停查询，请勿继续办理，并联系枢纽的安全管理员。"
        "This case is suspended; do not go on with it and call the hub's security administrator.";
    CenterNotNamed "TS-CENTER-NOT-NAMED" Caller
        "该业务流程须指明向哪些中心查询（如账户封存中心、贷款中心），请补充后再查。"
        "This flow asks only centers that the question names, such as the lending center; name from one to four.";
    CenterUnknown "TS-CENTER-UNKNOWN" Caller
        "所指明的中心不存在或未参与该业务流程，请核对。"
        "A center that the question names does not exist or takes no part in this flow; check it.";
    CenterNotAsked "TS-CENTER-NOT-ASKED" Caller
        "该业务流程不按指明的中心查询，请勿指明中心。"
        "This flow does not ask named centers; ask without naming any.";
    PolicyDenied "TS-POLICY-DENIED" Policy
        "授权策略不允许该查询。"
        "The policy does not allow this query.";
    PolicyError "TS-POLICY-ERROR" Hub
        "授权策略执行出错，查询已按拒绝处理，请联系枢纽。"
        "A policy failed to evaluate, so the query is refused; call the hub.";
    LimitCaller "TS-LIMIT-CALLER" Capacity
        "本节点查询过于频繁，请稍后重试。"
        "This node asks too often; wait and try again.";
    LimitOperator "TS-LIMIT-OPERATOR" Capacity
        "该经办人查询过于频繁，请稍后重试。"
        "This operator asks too often; wait and try again.";
    LimitFlow "TS-LIMIT-FLOW" Capacity
        "本节点在该业务流程下查询过于频繁，请稍后重试。"
        "This node asks too often within this flow; wait and try again.";
    LimitCase "TS-LIMIT-CASE" Capacity
        "该办件查询过于频繁，请稍后重试。"
        "This case asks too often; wait and try again.";
    LimitLists "TS-LIMIT-LISTS" Capacity
        "同时进行的名单查询过多，请等前面的名单完成后再试。"
        "Too many lists are under way at once; wait until one of them is done.";
    LimitUnread "TS-LIMIT-UNREAD" Capacity
        "发给该节点的答复积压未接收，请检查节点程序后再试。"
        "Answers to this node wait unread; check the node agent and try again.";
    LimitHub "TS-LIMIT-HUB" Capacity
        "枢纽繁忙，请稍后重试。"
        "The hub is busy; wait and try again.";
    LimitWait "TS-LIMIT-WAIT" Capacity
        "枢纽繁忙，排队后剩余时间已不足以得到答复，请稍后重试。"
        "The hub is busy and too little time was left to answer after the wait; try again later.";
    NodeDown "TS-NODE-DOWN" Node
        "该中心未连接，结果未知，请勿视为无记录。"
        "The center is not connected; the result is unknown and must not be read as no record.";
    NodeTimeout "TS-NODE-TIMEOUT" Node
        "该中心未在时限内答复，结果未知。"
        "The center did not answer in time; the result is unknown.";
    NodeBreaker "TS-NODE-BREAKER" Node
        "该中心连续故障，已暂时熔断，结果未知。"
        "The center keeps failing and is cut off for a while; the result is unknown.";
    NodeHeld "TS-NODE-HELD" Hub
        "枢纽值班人员已暂停向该中心查询此类信息，结果未知，请勿视为无记录。"
        "The hub's operators keep this class from being asked at the center; the result is unknown and must not be read as no record.";
    NodeSuspended "TS-NODE-SUSPENDED" Hub
        "枢纽已暂停该中心（或其此类信息）的答复，结果未知，请勿视为无记录。"
        "The hub has suspended the center, or this class of it; the result is unknown and must not be read as no record.";
    NodeThrottled "TS-NODE-THROTTLED" Capacity
        "向该中心的查询已达限流上限，未予发出，结果未知，请稍后重试。"
        "As many questions as this center bears are under way, so it was not asked; the result is unknown, try again later.";
    NodeClassFull "TS-NODE-CLASS-FULL" Capacity
        "向该中心查询此类信息的在途数量已达上限，未予发出，结果未知，请稍后重试。"
        "As many questions for this class of the center as may be are under way, so it was not asked; the result is unknown, try again later.";
    NodeClassRate "TS-NODE-CLASS-RATE" Capacity
        "向该中心查询此类信息过于频繁，未予发出，结果未知，请稍后重试。"
        "This class of the center is asked too often, so it was not asked; the result is unknown, try again later.";
    NodeBusy "TS-NODE-BUSY" Capacity
        "该中心繁忙，未能答复，结果未知。"
        "The center is busy and did not answer; the result is unknown.";
    NodeSource "TS-NODE-SOURCE" Node
        "该中心业务系统暂不可用，结果未知。"
        "The center's own system is not available; the result is unknown.";
    NodeFile "TS-NODE-FILE" Node
        "该中心的数据文件缺失或不一致，结果未知。"
        "The center's data file is missing or inconsistent; the result is unknown.";
    NodeReply "TS-NODE-REPLY" Node
        "该中心答复内容不合规范，已拒收，结果未知。"
        "The center's reply broke the contract and was not accepted; the result is unknown.";
    NodeDraining "TS-NODE-DRAINING" Node
        "该中心正在停机，结果未知。"
        "The center is shutting down; the result is unknown.";
    HitUnknown "TS-HIT-UNKNOWN" Node
        "该中心缺少判断是否命中所需的数据，未提供明细，结果未知，请勿视为无记录。"
        "The center lacks a value that decides whether there is a hit, so it gave no details; the result is unknown.";
    NotCovered "TS-NOT-COVERED" Node
        "该中心不掌握此类信息。"
        "The center does not hold this class.";
    NotCoveredVersion "TS-NOT-COVERED-VERSION" Node
        "该中心的目录版本较旧，尚未定义所请求的信息类，结果未知，请勿视为无记录。"
        "The center's catalog is older and does not have this class yet; this must not be read as no record.";
    GuardCase "TS-GUARD-CASE" Node
        "答复中心核验办件凭证未通过，拒绝提供。"
        "The answering center could not verify the case and declined.";
    GuardTime "TS-GUARD-TIME" Node
        "按答复中心的时钟，办件凭证或审批已过期、尚未生效或有效期过长，拒绝提供；请重新发起，仍被拒绝时请核对时钟。"
        "By the answering center's clock the case or its approval has expired, is not valid yet or lasts too long; ask again, then check the clocks.";
    GuardApprover "TS-GUARD-APPROVER" Node
        "答复中心发现该查询缺少第二人审批或审批与查询不符，拒绝提供。"
        "The answering center found no second approval, or one that does not fit this question, and declined.";
    GuardApproverSignature "TS-GUARD-APPROVER-SIGNATURE" Node
        "答复中心核验审批人签名未通过，拒绝提供。"
        "The approver's signature does not fit the key that the answering center holds, so it declined.";
    GuardOfficer "TS-GUARD-OFFICER" Node
        "按答复中心的名册，经办人或审批人不是登记的专办人员，拒绝提供；请联系该中心核对名册。"
        "By the answering center's trust list the operator or the approver is no designated officer; ask it to check its list.";
    GuardSubject "TS-GUARD-SUBJECT" Node
        "答复中心发现查询对象与办件不符，拒绝提供。"
        "The answering center found that the subject does not match the case and declined.";
    GuardPeople "TS-GUARD-PEOPLE" Node
        "按单位查询时，答复中心不提供其职工的明细，只作判断。"
        "About an employer the answering center shows no details of its people; they are judged.";
    GuardFlow "TS-GUARD-FLOW" Node
        "答复中心的流程规定不允许该查询，拒绝提供。"
        "The answering center's own copy of the flow does not allow this query.";
    GuardMode "TS-GUARD-MODE" Node
        "按答复中心的流程规定，该业务流程只答复是否有记录，不提供明细。"
        "By the answering center's copy of the flow it answers a match only, and details were asked.";
    GuardItem "TS-GUARD-ITEM" Node
        "按答复中心的流程规定，所请求的信息类或信息项不在授权范围内，拒绝提供。"
        "The answering center's copy of the flow does not list a class or item that was asked for.";
    GuardVerdict "TS-GUARD-VERDICT" Node
        "按答复中心的流程规定，该业务流程没有登记所要的核验结论，拒绝提供。"
        "The answering center's copy of the flow has not registered a verdict that was asked for.";
    GuardCenters "TS-GUARD-CENTERS" Node
        "答复中心发现所指明的中心与业务流程不符，拒绝提供。"
        "The answering center found that the centers named do not fit the flow and declined.";
    GuardAskerNotEnabled "TS-GUARD-ASKER-NOT-ENABLED" Node
        "按答复中心的名册，提问中心未启用该业务流程，拒绝提供；请联系该中心核对。"
        "By the answering center's files the asking center does not take part in this flow; ask it to check them.";
    GuardHours "TS-GUARD-HOURS" Node
        "答复中心认为现在不在该业务流程的办理时间内，拒绝提供；请在办理时间内再查，仍被拒绝时请联系该中心核对时钟和日历。"
        "By the answering center's clock and calendar the flow may not be used now; ask again within its hours or call the center.";
    GuardNotEnabled "TS-GUARD-NOT-ENABLED" Node
        "答复中心未启用该业务流程，拒绝提供。"
        "The answering center does not take part in this flow and declined.";
    GuardVersion "TS-GUARD-VERSION" Node
        "答复中心与提问中心使用的业务流程版本不一致，拒绝提供；请联系该中心更新流程。"
        "The answering center holds another version of the flow than the asking one; ask it to update.";
    GuardPolicy "TS-GUARD-POLICY" Node
        "答复中心的本地规则执行出错，已按拒绝处理，请联系该中心。"
        "A rule of the answering center failed to evaluate, so the query is refused; call the center.";
    GuardTarget "TS-GUARD-TARGET" Node
        "该查询并未指定向答复中心查询，答复中心拒绝提供。"
        "The question does not ask this center, so it declined.";
    GuardHub "TS-GUARD-HUB" Node
        "答复中心已掌握枢纽审计日志存在两种历史的证据，拒绝经由枢纽提供，结果未知。"
        "The answering center holds evidence of two histories of the hub's log and answers nothing through it.";
    GuardVeto "TS-GUARD-VETO" Node
        "答复中心按本中心规定拒绝提供。"
        "The answering center's own rules forbid this query.";
    GuardMeasures "TS-GUARD-MEASURES" Node
        "答复中心查明该办件对此人已用过规定次数的不同限额或时段，拒绝提供。"
        "The answering center found that the case has used up its different limits or spans about this person and declined.";
    GuardSubjectMeasures "TS-GUARD-SUBJECT-MEASURES" Node
        "答复中心查明提问中心各办件一周内对此人（房屋）已用过规定总次数的不同限额或时段，拒绝提供。"
        "The answering center found that the cases of the asking center have used up their limits or spans about this subject for the week and declined.";
    MeasureMemory "TS-MEASURE-MEMORY" Node
        "该中心暂时记不下更多的核验限额或时段，拒绝提供，请稍后重试。"
        "The center can keep no further limits or spans in mind at the moment and declined; try again later.";
    AuditUnavailable "TS-AUDIT-UNAVAILABLE" Hub
        "审计日志不可用，枢纽已停止受理查询。"
        "The audit log cannot be written, so the hub takes no query.";
    AuditForked "TS-AUDIT-FORKED" Hub
        "已有中心证明枢纽的审计日志曾被回退或出现两种历史，枢纽已停止受理查询，请立即联系枢纽。"
        "A center holds proof that the hub's log was rolled back or has two histories, so the hub takes no query; call the hub at once.";
    AuditUnchecked "TS-AUDIT-UNCHECKED" Hub
        "枢纽刚刚启动，正请各中心核对其审计日志，请几秒钟后重试。"
        "The hub has just started and the centers are checking its log; try again in a few seconds.";
    HubDistrusted "TS-HUB-DISTRUSTED" Hub
        "本中心已掌握枢纽审计日志存在两种历史的证据，暂停经由枢纽查询，请联系本中心安全管理员。"
        "This center holds evidence of two histories of the hub's log and asks nothing through it; call the security administrator.";
    HubStopping "TS-HUB-STOPPING" Hub
        "枢纽正在停机，请稍后重试。"
        "The hub is stopping; try again later.";
    HubUnreachable "TS-HUB-UNREACHABLE" Hub
        "无法连接枢纽，结果未知，请稍后重试。"
        "The hub cannot be reached; the result is unknown, try again later.";
    HubReply "TS-HUB-REPLY" Hub
        "枢纽答复无法核对，已拒收。"
        "The hub's answer could not be checked and was not accepted.";
    HubInternal "TS-HUB-INTERNAL" Hub
        "枢纽内部错误，请联系枢纽并提供查询编号。"
        "The hub failed inside; call the hub and give the query number.";
    TlsUnknownCa "TS-TLS-UNKNOWN-CA" Caller
        "证书不是本网络的证书机构签发，连接被拒绝。"
        "The certificate was not issued by this network's authority.";
    TlsRevoked "TS-TLS-REVOKED" Caller
        "证书已被吊销，连接被拒绝。"
        "The certificate has been revoked.";
    TlsExpired "TS-TLS-EXPIRED" Caller
        "证书不在有效期内，连接被拒绝。"
        "The certificate has expired or is not valid yet.";
    TlsNoCertificate "TS-TLS-NO-CERTIFICATE" Caller
        "没有出示证书，连接被拒绝。"
        "No certificate was presented.";
    TlsIdentity "TS-TLS-IDENTITY" Caller
        "证书中没有可用的节点身份，连接被拒绝。"
        "The certificate does not carry a usable identity.";
    TlsTimeout "TS-TLS-TIMEOUT" Caller
        "握手超时，连接被关闭。"
        "The handshake took too long.";
    TlsVersion "TS-TLS-VERSION" Caller
        "对方不支持 TLS 1.3，连接被拒绝。"
        "The peer does not offer TLS 1.3.";
    TlsTooMany "TS-TLS-TOO-MANY" Capacity
        "连接过多，请稍后重试。"
        "Too many connections; try again later.";
    TlsRevocationUnknown "TS-TLS-REVOCATION-UNKNOWN" Hub
        "枢纽的吊销列表已过期，暂不能接受新连接。"
        "The hub's revocation list is out of date, so nobody new is let in.";
    TlsFlood "TS-TLS-FLOOD" Caller
        "连接发来的控制帧过多，已切断。"
        "The connection sent a flood of frames and was cut off.";
    TlsFrameSize "TS-TLS-FRAME-SIZE" Caller
        "连接发来的帧超出大小限制，已切断。"
        "The connection sent a frame above the limit and was cut off.";
    TlsHeaders "TS-TLS-HEADERS" Caller
        "连接发来的请求头过大或无法解读，已切断。"
        "The connection sent headers that are too large or cannot be read, and was cut off.";
    TlsProtocol "TS-TLS-PROTOCOL" Caller
        "连接违反传输协议，已切断。"
        "The connection broke the transport protocol and was cut off.";
    TlsUnread "TS-TLS-UNREAD" Caller
        "连接只提问不接收答复，已切断。"
        "The connection did not read what it was answered and was cut off.";
    TlsOther "TS-TLS-OTHER" Caller
        "安全连接握手失败。"
        "The handshake failed.";
    AttachCatalog "TS-ATTACH-CATALOG" Caller
        "节点目录版本与枢纽相差超过一个版本，请升级较旧的一方。"
        "The node's catalog is more than one version apart from the hub's; update the older side.";
    AttachTooOften "TS-ATTACH-TOO-OFTEN" Capacity
        "该节点接入过于频繁，请稍后重试。"
        "This node attaches too often; wait and try again.";
    AttachTooMany "TS-ATTACH-TOO-MANY" Capacity
        "该节点的连接数已达上限。"
        "This node has too many streams open.";
    AttachMalformed "TS-ATTACH-MALFORMED" Caller
        "节点接入报文不正确。"
        "The node did not introduce itself as the contract says.";
    StaffUnknown "TS-STAFF-UNKNOWN" Caller
        "该人员未登记在信任名单中，或没有角色。"
        "This person is not on the trust list, or has no role.";
    ActMalformed "TS-ACT-MALFORMED" Caller
        "操作请求格式不正确：请核对操作、对象、期限、理由和请求编号。"
        "The act is malformed; check act, target, time, reason and idempotency key.";
    ActPersonal "TS-ACT-PERSONAL-DATA" Caller
        "理由或对象中含有证件号码，请改写：审计日志不得含个人信息。"
        "The reason or the target holds an identity number; rewrite it, the log must not hold personal data.";
    ActTarget "TS-ACT-TARGET" Caller
        "没有该操作对象，或该操作不适用于此对象。"
        "There is no such target, or the act does not apply to it.";
    ActRole "TS-ACT-ROLE" Policy
        "该人员的角色不得进行此操作，请由有权角色办理。"
        "This person's role may not do this; somebody with the proper role has to.";
    ActSecond "TS-ACT-SECOND" Policy
        "此操作须由另一人确认，本人不能确认自己的请求。"
        "Another person has to confirm this act; nobody confirms their own request.";
    ActStands "TS-ACT-STANDS" Caller
        "该对象上已有同样的操作生效或待确认。"
        "The same act already stands over this target or waits to be confirmed.";
    ActNothing "TS-ACT-NOTHING" Caller
        "该对象上没有可以解除、复位或确认的操作。"
        "Nothing stands over this target that could be lifted, reset, released or confirmed.";
    ActHeld "TS-ACT-HELD" Caller
        "该熔断器被人工锁定，请先解除锁定。"
        "The breaker is held by hand; release it first.";
    ActKey "TS-ACT-KEY" Caller
        "该请求编号已用于另一项操作，请换一个编号。"
        "This idempotency key was used for another act; take a new one.";
    ActMany "TS-ACT-TOO-MANY" Capacity
        "生效或待确认的操作过多，请先解除一些。"
        "Too many acts stand or wait to be confirmed; lift some first.";
    ActLimit "TS-ACT-LIMIT" Caller
        "临时限额须在下限与已评审值的两倍之间，且须注明期限，最长24小时。"
        "A limit may be set for a while between its minimum and twice the reviewed value, and needs an end within 24 hours.";
    PageUnknown "TS-PAGE-UNKNOWN" Caller
        "没有这样的页面或记录。"
        "There is no such page or record.";
    PageMalformed "TS-PAGE-MALFORMED" Caller
        "填写的内容不完整或格式不正确，请返回检查后重新提交。"
        "What was filled in is incomplete or malformed; go back, check it and send it again.";
    PageForged "TS-PAGE-FORGED" Caller
        "该表单不是由本次登录的页面提交的，未办理。请重新打开页面后再试。"
        "This form was not sent from a page of this session; nothing was done. Open the page again and retry.";
    PageSession "TS-PAGE-SESSION" Caller
        "尚未登录，或登录已超时。请登录后再试。"
        "Nobody is signed in, or the session has ended; sign in and retry.";
    PagePersonal "TS-PAGE-PERSONAL-DATA" Caller
        "网址中像是含有证件号码，未办理，也未记录。按号码查询请到“个人台账”填写。"
        "The address looks like it holds an identity number; nothing was done or kept. The room Subject ledger takes numbers.";
    AlertStep "TS-ALERT-STEP" Caller
        "该告警当前不能这样处置，可能他人刚刚处置过。请刷新页面查看最新状态。"
        "The alert does not stand where this could be done; somebody may have acted meanwhile. Load the page again.";
    AlertCounting "TS-ALERT-COUNTING" Hub
        "枢纽刚启动，正在统计日志，稍后再处置告警。"
        "The hub has just started and is still counting its log; act on alerts in a moment.";
    NamingReason "TS-NAMING-REASON" Caller
        "查询个人台账须填写理由（1 至 200 字），且不得含证件号码；请填写调取依据，例如文号。"
        "A look at a person's ledger needs a reason of 1 to 200 characters without any identity number; give the number of the request.";
    NamingStaff "TS-NAMING-STAFF" Policy
        "按该中心的信任名单，查询人不是审计管理员，不予识别；请核对各中心的名单是否一致。"
        "By the center's trust list whoever asks is no audit administrator, so it named nobody; see that all lists are the same.";
    NamingLimit "TS-NAMING-LIMIT" Capacity
        "该中心识别证件号码的次数已达上限，请稍后再试，或使用已知的假名查询。"
        "The center has named as many numbers as it may for now; try again later, or look the person up by a known pseudonym.";
    NamingNobody "TS-NAMING-NOBODY" Node
        "没有可识别证件号码的中心在线（枢纽不持有密钥），请稍后再试。"
        "No center is attached that can name a number, and the hub has no key for it; try again later.";
    LocalToken "TS-LOCAL-TOKEN" Caller
        "本地接口令牌缺失或不正确。"
        "The local API's token is missing or wrong.";
    EvidenceUnknown "TS-EVIDENCE-UNKNOWN" Caller
        "没有该编号的查询凭证。"
        "There is no evidence under this number.";
    ApprovalUnknown "TS-APPROVAL-UNKNOWN" Caller
        "没有该编号的待审批查询，或已过期，请重新发起。"
        "No question waits for approval under this number, or it has expired; ask again.";
    LocalSource "TS-LOCAL-SOURCE" Node
        "本中心业务系统暂不可用，无法核对办件。"
        "This center's own system is not available, so the case cannot be checked.";
    LocalAudit "TS-LOCAL-AUDIT" Node
        "本节点审计日志不可用，已停止受理查询。"
        "This node's own log cannot be written, so it takes no query.";
}
