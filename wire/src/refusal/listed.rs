//! What a list of refusal codes becomes: an enum, and what each of its rows says.

macro_rules! refusal_codes {
    ($($name:ident $code:literal $turn:ident $zh:literal $en:literal;)+) => {
        /// Every refusal that the product can give.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum RefusalCode {
            $(#[doc = $en] $name,)+
        }

        impl RefusalCode {
            /// All codes, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable code, such as `TS-CASE-MISSING`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// Whose turn it is.
            #[must_use]
            pub fn turn(self) -> Turn {
                match self {
                    $(Self::$name => Turn::$turn,)+
                }
            }

            /// The sentence for the clerk, in Chinese.
            #[must_use]
            pub fn zh(self) -> &'static str {
                match self {
                    $(Self::$name => $zh,)+
                }
            }

            /// The sentence for the clerk, in English.
            #[must_use]
            pub fn en(self) -> &'static str {
                match self {
                    $(Self::$name => $en,)+
                }
            }
        }
    };
}

pub(super) use refusal_codes;
