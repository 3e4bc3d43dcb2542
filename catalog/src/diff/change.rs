//! The closed list of what can change between two versions of a catalogue, one row each: name,
//! code, weight, reason. It refuses a change without a verdict: there is no row "other".

/// What a change does to peers of the other version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Nobody notices who does not use it.
    Compatible,
    /// Older receivers withhold the new values, each with its reason; nothing is misread.
    Widening,
    /// Something would be misread, refused or shown to somebody it was guarded from.
    Breaking,
}

impl Weight {
    /// As written in tables and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Widening => "widening",
            Self::Breaking => "breaking",
        }
    }
}

macro_rules! changes {
    ($($name:ident $code:literal $weight:ident $reason:literal;)+) => {
        /// What changed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ChangeKind {
            $(#[doc = $reason] $name,)+
        }

        impl ChangeKind {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code, such as `item-added`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it does to peers of the other version.
            #[must_use]
            pub const fn weight(self) -> Weight {
                match self { $(Self::$name => Weight::$weight,)+ }
            }

            /// Why it weighs so.
            #[must_use]
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason,)+ }
            }
        }
    };
}

changes! {
    VersionReused "version-reused" Breaking
        "the same version label stands for two meanings";
    ClassAdded "class-added" Compatible
        "older peers do not ask for it, and answer it as not covered";
    ClassRemoved "class-removed" Breaking
        "older peers still ask for it";
    ClassReused "class-reused" Breaking
        "the number stood for another class";
    ClassRenamed "class-renamed" Compatible
        "names are for people";
    ItemAdded "item-added" Compatible
        "older peers do not ask for it, and answer the others without it";
    RequiredItemAdded "required-item-added" Breaking
        "centers of the older version do not give it, so their records are defective";
    ItemRemoved "item-removed" Breaking
        "older peers still ask for it";
    ItemReused "item-reused" Breaking
        "the number stood for another item";
    ItemRenamed "item-renamed" Compatible
        "names are for people";
    TypeChanged "type-changed" Breaking
        "values of one version are no values of the other";
    CodeSetReplaced "code-set-replaced" Breaking
        "codes of one set mean something else in the other";
    Widened "widened" Widening
        "older receivers withhold what is longer than they know";
    Narrowed "narrowed" Breaking
        "longer values of older centers would be withheld";
    SeveralAllowed "several-allowed" Widening
        "older receivers withhold more than one code";
    SeveralForbidden "several-forbidden" Breaking
        "several codes of older centers would be withheld";
    FormatTightened "format-tightened" Breaking
        "texts of older centers that lack the form would be withheld";
    FormatLoosened "format-loosened" Widening
        "older receivers withhold texts that lack the form";
    UnitChanged "unit-changed" Breaking
        "the same number would mean another amount";
    RequiredTightened "required-tightened" Breaking
        "records of older centers that lack it are defective";
    RequiredLoosened "required-loosened" Compatible
        "a receiver does not hold a missing value against a record";
    KeyChanged "key-changed" Breaking
        "records and subjects would be identified by something else";
    SensitivityRaised "sensitivity-raised" Compatible
        "it is guarded more closely; from L3 on every flow must name it";
    SensitivityLowered "sensitivity-lowered" Breaking
        "what older peers guard would be shown more freely";
    BecameInputOnly "became-input-only" Breaking
        "older peers still ask for it";
    BecameAnswered "became-answered" Breaking
        "what was never to be returned would be";
    DomainsChanged "domains-changed" Compatible
        "the lines of business bind nobody";
    CodeSetAdded "code-set-added" Compatible
        "no older item uses it";
    CodeSetRemoved "code-set-removed" Breaking
        "items of older peers may use it";
    CodeSetRenamed "code-set-renamed" Compatible
        "names are for people";
    CodeAdded "code-added" Widening
        "older receivers withhold it as an unknown code";
    CodeListed "code-listed" Compatible
        "the pattern of the set admitted it already";
    CodeRemoved "code-removed" Breaking
        "values of older centers would be withheld";
    CodeUnlisted "code-unlisted" Compatible
        "the pattern of the set still admits it";
    CodeRelabelled "code-relabelled" Breaking
        "the same code would mean something else on either side";
    CodeRetired "code-retired" Compatible
        "it stays readable and names its successor";
    CodeRevived "code-revived" Compatible
        "it is readable in both versions";
    CodeRedirected "code-redirected" Breaking
        "a retired code would mean another one";
    PatternWidened "pattern-widened" Widening
        "older receivers withhold what only the new pattern admits";
    PatternNarrowed "pattern-narrowed" Breaking
        "unlisted codes of older centers would be withheld";
}
