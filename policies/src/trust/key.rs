//! Public keys of the trust list. Refuses a point of small order, for which anybody can sign.

use crate::fault::Faults;
use crate::section::At;
use crate::subject::bytes32;

/// All points of small order, the sign bit aside, in every encoding that a verifier may take.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
const SIGN_BIT: u8 = 0x80;

/// The key under `name`.
pub(super) fn read(name: &str, text: &At<'_, String>, faults: &mut Faults) -> Option<[u8; 32]> {
    let key = bytes32(&text.value).filter(|key| !is_of_small_order(key));
    if key.is_none() {
        let reason = "must be a public key: 64 hexadecimal digits in lower case, not all zero";
        faults.add(text.place, format!("`{name}` {reason}"));
    }
    key
}

fn is_of_small_order(key: &[u8; 32]) -> bool {
    let mut key = *key;
    if let Some(last) = key.last_mut() {
        *last &= !SIGN_BIT;
    }
    let is = |point: &&str| bytes32(point).is_some_and(|point| point == key);
    SMALL_ORDER.iter().any(is)
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    /// The identity as `R` and zero as `s`: with a point of small order this signs one message in
    /// eight at least, by nobody.
    const ANYBODY_S: [u8; 64] = {
        let mut signature = [0; 64];
        signature[0] = 1;
        signature
    };

    #[test]
    fn for_a_key_of_small_order_anybody_can_sign() {
        for point in SMALL_ORDER {
            let key = bytes32(point).expect("32 bytes");
            assert!(is_of_small_order(&key), "{point}");
            let mut negative = key;
            negative[31] |= SIGN_BIT;
            assert!(is_of_small_order(&negative), "{point}");
            let signs = |message: u8| {
                let key = UnparsedPublicKey::new(&ED25519, key);
                key.verify(&[message], &ANYBODY_S).is_ok()
            };
            assert!((0..=255).any(signs), "{point}");
        }
        assert!(!is_of_small_order(&[7; 32]));
    }
}
