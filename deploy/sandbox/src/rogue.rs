//! What somebody can do who has stolen a node's certificate and case key: speak to the hub without
//! the agent, and sign whatever statement they like. Used to show that the hub and the other nodes
//! hold against it. It refuses nothing, that is its point; it works on the sandbox's own star only.

mod deaf;
mod false_agent;
mod false_hub;
mod flood;
mod raw;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use catalog::{Catalog, ItemNo, Subject};
use policies::{
    Basis, BasisKind, CaseAssertion, CaseParty, CaseSigner, FlowBook, Mode, NONCE_BYTES, PartyRole,
    Question, QuestionDraft, SignedCase, TagKey,
};
use ring::digest;
use ring::rand::{SecureRandom as _, SystemRandom};
use time::{Duration, OffsetDateTime};
use tonic::transport::{Channel, Endpoint};
use wire::tls::{ClientTls, HandshakeAlert, TlsFiles, connector, probe};
use wire::v1::broker_client::BrokerClient;
use wire::{convert, v1};

use crate::client::{Refusal, Say};
use crate::star::{HUB, Home, StarError, TRUST_DOMAIN};
use crate::world::Node;

pub use false_agent::{FalseAgent, Manner};
pub use false_hub::FalseHub;
pub use flood::{Flooded, RawPeer};
pub use raw::Thrown;

/// How long a forged statement is valid.
const STATEMENT_LIFE: Duration = Duration::minutes(1);

/// Why a theft did not work.
#[derive(Debug, thiserror::Error)]
pub enum RogueError {
    /// The stolen things cannot be read.
    #[error("the stolen keys cannot be used: {0}")]
    Loot(String),
    /// The star's files cannot be read.
    #[error(transparent)]
    Star(#[from] StarError),
    /// A raw connection could not be made.
    #[error("no raw connection: {0}")]
    Raw(String),
    /// The hub cannot be reached.
    #[error("the hub cannot be reached")]
    Unreachable(#[from] tonic::transport::Error),
    /// The question cannot even be composed.
    #[error("the question cannot be composed: {0}")]
    Question(String),
}

/// Somebody with a node's keys.
#[derive(Debug)]
pub struct Thief {
    node: Node,
    hub: SocketAddr,
    tls: TlsFiles,
    signer: CaseSigner,
    tag_key: TagKey,
    catalog: Catalog,
    flows: FlowBook,
    random: SystemRandom,
}

/// A statement and a question that the thief makes up.
#[derive(Debug, Clone)]
pub struct Forgery {
    /// The flow it claims.
    pub flow: String,
    /// The matter it claims.
    pub matter: String,
    /// The case it claims.
    pub case_no: String,
    /// The operator it claims.
    pub operator: String,
    /// The persons that the case is said to be about.
    pub parties: Vec<Subject>,
    /// The person asked about.
    pub subject: Subject,
    /// The items asked for.
    pub wants: Vec<ItemNo>,
    /// Which question of the case it is.
    pub use_no: u32,
    /// The moment of signing.
    pub now: OffsetDateTime,
}

impl Thief {
    /// Takes everything that the agent of `node` has.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn robbing(home: &Home, node: Node) -> Result<Self, RogueError> {
        Self::with_certificate(home, node, home.node_tls(node))
    }

    /// The same with another certificate than the agent's.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn with_certificate(home: &Home, node: Node, tls: TlsFiles) -> Result<Self, RogueError> {
        let keys = home.node(node).join("keys");
        let signer = CaseSigner::from_pkcs8(&read(&keys.join("case.p8"))?)
            .map_err(|fault| RogueError::Loot(fault.to_string()))?;
        let tag_key = <[u8; 32]>::try_from(read(&keys.join("subject-tag.key"))?)
            .map_err(|_| RogueError::Loot("the tag key is not 32 bytes".to_owned()))?;
        let catalog = Catalog::builtin().map_err(|fault| RogueError::Loot(fault.to_string()))?;
        let flows =
            FlowBook::builtin(&catalog).map_err(|fault| RogueError::Loot(fault.to_string()))?;
        Ok(Self {
            node,
            hub: home.link(),
            tls,
            signer,
            tag_key: TagKey::new(&tag_key),
            flows,
            catalog,
            random: SystemRandom::new(),
        })
    }

    /// A question with a statement that fits it in every respect.
    ///
    /// # Errors
    /// The catalog does not know what is asked for.
    pub fn request(&self, forged: &Forgery) -> Result<v1::AskRequest, RogueError> {
        self.request_at(forged, &[])
    }

    /// The same of a flow that wants its centers named.
    ///
    /// # Errors
    /// As [`Thief::request`].
    pub fn request_at(
        &self,
        forged: &Forgery,
        centers: &[Node],
    ) -> Result<v1::AskRequest, RogueError> {
        let payload = convert::subject_to_wire(&forged.subject);
        let mut named: Vec<_> = centers.iter().map(|node| node.id().to_owned()).collect();
        named.sort_unstable();
        let draft = QuestionDraft {
            named: named.clone(),
            asking_node: self.node.id().to_owned(),
            flow: forged.flow.clone(),
            matter: forged.matter.clone(),
            mode: Mode::Details,
            wants: forged.wants.clone(),
            subject_tag: self.tag_key.tag(&forged.subject.key()),
            payload_digest: sha256(&payload),
            gives: Vec::new(),
            verdicts: Vec::new(),
            flow_digest: self.flow_digest(&forged.flow),
        };
        let question = Question::parse(draft, &self.catalog)
            .map_err(|fault| RogueError::Question(fault.to_string()))?;
        let signed = self.sign(forged, &question)?;
        Ok(v1::AskRequest {
            envelope: Some(v1::Envelope {
                flow: forged.flow.clone(),
                matter: forged.matter.clone(),
                mode: v1::Mode::Details.into(),
                wants: convert::wants_to_wire(question.wants()),
                subject_tag: question.subject_tag().as_bytes().to_vec(),
                flow_digest: question.flow_digest().to_vec(),
                named,
                ..v1::Envelope::default()
            }),
            case: Some(v1::SignedCase {
                body: signed.body,
                signature: signed.signature,
            }),
            payload,
            deadline_ms: 0,
            approval: None,
        })
    }

    /// As the agents know the flow; zeros for a flow that there is not.
    fn flow_digest(&self, flow: &str) -> [u8; 32] {
        let flow = flow.parse().ok().and_then(|id| self.flows.flow(&id));
        flow.map_or([0; 32], |flow| flow.digest)
    }

    fn sign(&self, forged: &Forgery, question: &Question) -> Result<SignedCase, RogueError> {
        let mut nonce = [0; NONCE_BYTES];
        self.random
            .fill(&mut nonce)
            .map_err(|_| StarError::NoRandom)?;
        let party = |subject: &Subject| CaseParty {
            role: PartyRole::Applicant,
            tag: self.tag_key.tag(&subject.key()),
        };
        let assertion = CaseAssertion {
            node: self.node.id().to_owned(),
            case_no: forged.case_no.clone(),
            flow: question.flow(),
            matter: question.matter(),
            basis: Basis::plain(BasisKind::A, "YB000000".to_owned(), true),
            parties: forged.parties.iter().map(party).collect(),
            operator: forged.operator.clone(),
            counter: "3".to_owned(),
            system: crate::star::SYSTEM.to_owned(),
            opened_on: forged.now.date(),
            issued_at: forged.now,
            expires_at: forged.now + STATEMENT_LIFE,
            nonce,
            use_no: forged.use_no,
            query_digest: *question.digest(),
        };
        self.signer
            .sign(&assertion)
            .map_err(|fault| RogueError::Question(fault.to_string()))
    }

    /// Signs a statement for one question, then swaps the question's items: what a man in the
    /// middle would try.
    ///
    /// # Errors
    /// As [`Thief::request`].
    pub fn widened(
        &self,
        forged: &Forgery,
        wants: &[ItemNo],
    ) -> Result<v1::AskRequest, RogueError> {
        let mut request = self.request(forged)?;
        let mut by_class: BTreeMap<_, std::collections::BTreeSet<_>> = BTreeMap::new();
        for item in wants {
            by_class.entry(item.class()).or_default().insert(*item);
        }
        if let Some(envelope) = request.envelope.as_mut() {
            envelope.wants = convert::wants_to_wire(&by_class);
        }
        Ok(request)
    }

    /// Puts a request to the hub, past the agent.
    ///
    /// # Errors
    /// There is no connection; a refusal is no error.
    pub async fn ask(
        &self,
        request: v1::AskRequest,
    ) -> Result<Result<v1::Answer, Refusal>, RogueError> {
        let mut broker = BrokerClient::new(self.channel().await?);
        let answered = broker.ask(request).await;
        Ok(answered
            .map(tonic::Response::into_inner)
            .map_err(|status| refusal(&status)))
    }

    /// Knocks at the hub's door and listens whether it opens.
    ///
    /// # Errors
    /// The certificate cannot be used at all.
    pub async fn knock(&self) -> Result<Result<(), HandshakeAlert>, RogueError> {
        Ok(probe(self.hub, &self.client()?).await)
    }

    /// A connection to the hub for many requests.
    ///
    /// # Errors
    /// There is no connection.
    pub async fn broker(&self) -> Result<BrokerClient<Channel>, RogueError> {
        Ok(BrokerClient::new(self.channel().await?))
    }

    async fn channel(&self) -> Result<Channel, RogueError> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.hub))?;
        Ok(endpoint
            .connect_with_connector(connector(self.client()?))
            .await?)
    }

    fn client(&self) -> Result<ClientTls, RogueError> {
        ClientTls::load(&self.tls, TRUST_DOMAIN, HUB)
            .map_err(|fault| RogueError::Loot(fault.to_string()))
    }
}

/// The refusal in a status; a status without one keeps its own word in place of a code.
fn refusal(status: &tonic::Status) -> Refusal {
    let Some((_, refusal)) = wire::refusal::from_status(status) else {
        let say = Say {
            zh: String::new(),
            en: status.message().to_owned(),
        };
        return Refusal {
            code: format!("{:?}", status.code()),
            say,
            ..Refusal::default()
        };
    };
    let receipt = refusal.receipt.as_ref().and_then(|receipt| {
        let leaf_hash = data_encoding::HEXLOWER.encode(&receipt.leaf_hash);
        let leaf_hash = audit::Digest::from_hex(&leaf_hash)?;
        Some(audit::Receipt {
            log: receipt.log.clone(),
            index: receipt.index,
            leaf_hash,
        })
    });
    Refusal {
        code: refusal.code,
        turn: String::new(),
        say: Say {
            zh: refusal.zh,
            en: refusal.en,
        },
        retry_after_ms: u64::from(refusal.retry_after_ms),
        query: Some(refusal.query_id),
        receipt,
    }
}

fn read(file: &Path) -> Result<Vec<u8>, RogueError> {
    std::fs::read(file).map_err(|error| RogueError::Loot(format!("{}: {error}", file.display())))
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    for (to, from) in hash
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, bytes).as_ref())
    {
        *to = *from;
    }
    hash
}
