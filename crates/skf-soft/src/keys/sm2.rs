//! SM2 on the curve of GB/T 32918.5: signature (part 2), key agreement (part 3), encryption (part 4).
//!
//! `sm2` signs, encrypts and decrypts. It has no agreement: that is written here, on its points and scalars,
//! whose arithmetic takes the same time for every secret.

use signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::common::getrandom::SysRng;
use sm2::elliptic_curve::ff::PrimeField as _;
use sm2::elliptic_curve::sec1::ToSec1Point as _;
use sm2::pke::{DecryptingKey, EncryptingKey};
use sm2::{AffinePoint, FieldBytes, ProjectivePoint, PublicKey, Scalar, SecretKey};
use sm3::Digest as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::NewPair;
use crate::sar::Sar;
use crate::state::KeyKind;
use crate::vault;

/// The signer's identifier. A device signs e, in which it is already hashed; the library wants one all the same.
const ID: &str = "1234567812345678";
/// Longest identifier of a party, in octets: its length in bits is written in two.
pub const MAX_ID: usize = 8191;
/// Longest plaintext of SM2 encryption here, in octets. It is meant for keys, not for documents.
pub const MAX_PLAIN: usize = 64 << 10;

/// A point without its first octet: x ‖ y.
pub type Point = [u8; 64];

/// A signature: r and s.
pub type RawSignature = ([u8; 32], [u8; 32]);

/// A private key: the scalar, 32 octets, wiped when dropped.
pub type Private = Zeroizing<[u8; 32]>;

/// A ciphertext in its parts: C1 as x ‖ y, C3, C2.
pub struct Cipher {
    pub point: Point,
    pub hash: [u8; 32],
    pub octets: Vec<u8>,
}

/// Makes a pair. Private: the scalar, 32 octets.
pub fn generate() -> Result<NewPair, Sar> {
    let (private, public) = generate_scalar()?;
    Ok(NewPair {
        kind: KeyKind::Sm2,
        public: public.to_vec(),
        private: Zeroizing::new(private.to_vec()),
    })
}

/// Makes a private key and its public key.
pub fn generate_scalar() -> Result<(Private, Point), Sar> {
    loop {
        let mut scalar = Zeroizing::new([0; 32]);
        vault::random(&mut scalar[..])?;
        // Zero and what is not below the order: practically never.
        let Ok(public) = public_of(&scalar[..]) else {
            continue;
        };
        return Ok((scalar, public));
    }
}

/// The public key of a private key; refuses what is no private key.
pub fn public_of(scalar: &[u8]) -> Result<Point, Sar> {
    let octets = secret(scalar)?.public_key().to_sec1_bytes();
    octets
        .get(1..)
        .and_then(|point| point.try_into().ok())
        .ok_or(Sar::FAIL)
}

fn secret(scalar: &[u8]) -> Result<SecretKey, Sar> {
    SecretKey::from_slice(scalar).map_err(|_| Sar::DATA)
}

/// Refuses what is not on the curve.
fn public(point: &Point) -> Result<PublicKey, Sar> {
    PublicKey::from_sec1_bytes(&[&[4][..], point].concat()).map_err(|_| Sar::DATA)
}

/// Signature over e: r and s, 32 octets each.
pub fn sign(scalar: &[u8], e: &[u8]) -> Result<RawSignature, Sar> {
    let key = SigningKey::new(ID, &secret(scalar)?).map_err(|_| Sar::FAIL)?;
    let signature: Signature = key.sign_prehash(e).map_err(|_| Sar::DATA)?;
    Ok((signature.r_bytes().into(), signature.s_bytes().into()))
}

/// Whether a signature over e is right.
pub fn verify(point: &Point, e: &[u8], r: &[u8; 32], s: &[u8; 32]) -> Result<bool, Sar> {
    let point = [&[4][..], point].concat();
    let key = VerifyingKey::from_sec1_bytes(ID, &point).map_err(|_| Sar::DATA)?;
    let Ok(signature) = Signature::from_scalars(*r, *s) else {
        return Ok(false);
    };
    Ok(key.verify_prehash(e, &signature).is_ok())
}

/// Encrypts for the holder of a public key. An empty plaintext has no ciphertext (GB/T 32918.4, 6.1).
pub fn encrypt(point: &Point, plain: &[u8]) -> Result<Cipher, Sar> {
    if plain.is_empty() || plain.len() > MAX_PLAIN {
        return Err(Sar::DATA_LENGTH);
    }
    let cipher = EncryptingKey::new(public(point)?)
        .encrypt(&mut SysRng, plain)
        .map_err(|_| Sar::FAIL)?;
    // 04 ‖ x ‖ y ‖ C3 ‖ C2
    let (Some(point), Some(hash), Some(octets)) =
        (cipher.get(1..65), cipher.get(65..97), cipher.get(97..))
    else {
        return Err(Sar::FAIL);
    };
    Ok(Cipher {
        point: point.try_into().map_err(|_| Sar::FAIL)?,
        hash: hash.try_into().map_err(|_| Sar::FAIL)?,
        octets: octets.to_vec(),
    })
}

/// Decrypts. Whatever is wrong with the ciphertext is one error.
pub fn decrypt(scalar: &[u8], cipher: &Cipher) -> Result<Zeroizing<Vec<u8>>, Sar> {
    if cipher.octets.is_empty() || cipher.octets.len() > MAX_PLAIN {
        return Err(Sar::DATA_LENGTH);
    }
    let joined = [&[4][..], &cipher.point, &cipher.hash, &cipher.octets].concat();
    let mut key = secret(scalar)?.to_nonzero_scalar();
    let plain = DecryptingKey::from_nonzero_scalar(key).and_then(|key| key.decrypt(&joined));
    key.zeroize();
    plain.map(Zeroizing::new).map_err(|_| Sar::DATA)
}

/// One party of an agreement, as itself.
pub struct Own<'a> {
    /// The lasting private key.
    pub private: &'a [u8],
    /// The private key made for this agreement.
    pub temporary: &'a [u8],
    pub id: &'a [u8],
}

/// One party of an agreement, as the other sees it.
pub struct Peer<'a> {
    pub public: &'a Point,
    pub temporary: &'a Point,
    pub id: &'a [u8],
}

/// Which party begins: its Z stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    Own,
    Peer,
}

/// The agreed key of `length` octets: GB/T 32918.3, 6.1, steps A4 to A8 and B4 to B7, without the optional
/// confirmation, for which the interface has no place.
pub fn agree(
    own: &Own<'_>,
    peer: &Peer<'_>,
    begins: Begins,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Sar> {
    let mut own_lasting = secret(own.private)?.to_nonzero_scalar();
    let mut own_temporary = secret(own.temporary)?.to_nonzero_scalar();
    let own_public = public_of(own.private)?;
    let peer_public = public(peer.public)?;
    let peer_temporary = public(peer.temporary)?;

    // t = d + x̄·r, then V = [h·t](P + [x̄']R') with h = 1 on this curve.
    let mut t = *own_lasting + reduced(&public_of(own.temporary)?)? * *own_temporary;
    own_lasting.zeroize();
    own_temporary.zeroize();
    let sum = ProjectivePoint::from(*peer_public.as_affine())
        + ProjectivePoint::from(*peer_temporary.as_affine()) * reduced(peer.temporary)?;
    let shared: AffinePoint = (sum * t).to_affine();
    t.zeroize();
    let mut shared = shared.to_sec1_point(false).as_bytes().to_vec();
    // The point at infinity is one octet.
    if shared.len() != 65 {
        return Err(Sar::DATA);
    }
    let own_z = z(&own_public, own.id)?;
    let peer_z = z(peer.public, peer.id)?;
    let (first, second) = match begins {
        Begins::Own => (own_z, peer_z),
        Begins::Peer => (peer_z, own_z),
    };
    let input = Zeroizing::new([&shared[1..], &first, &second].concat());
    shared.zeroize();
    Ok(derive(&input, length))
}

/// x̄ = 2¹²⁷ + (x mod 2¹²⁷): GB/T 32918.3, 6.1, step A4.
fn reduced(point: &Point) -> Result<Scalar, Sar> {
    let mut octets = [0; 32];
    octets[16..].copy_from_slice(&point[16..32]);
    octets[16] |= 0x80;
    Option::from(Scalar::from_repr(FieldBytes::from(octets))).ok_or(Sar::FAIL)
}

/// The key derivation of GB/T 32918.3, 5.4.3.
fn derive(input: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(32)));
    let mut counter = 1_u32;
    while key.len() < length {
        let mut hash = sm3::Sm3::new();
        hash.update(input);
        hash.update(counter.to_be_bytes());
        key.extend_from_slice(&hash.finalize());
        counter += 1;
    }
    key.truncate(length);
    key
}

/// Z = SM3(ENTL ‖ ID ‖ a ‖ b ‖ x_G ‖ y_G ‖ x ‖ y): GB/T 32918.2, 5.5.
pub fn z(point: &Point, id: &[u8]) -> Result<[u8; 32], Sar> {
    const CURVE: [&str; 4] = [
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC",
        "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93",
        "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7",
        "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    ];
    if id.len() > MAX_ID {
        return Err(Sar::DATA_LENGTH);
    }
    let bits = u16::try_from(id.len() * 8).map_err(|_| Sar::DATA_LENGTH)?;
    let mut hash = sm3::Sm3::new();
    hash.update(bits.to_be_bytes());
    hash.update(id);
    for parameter in CURVE {
        for index in (0..64).step_by(2) {
            let octet =
                u8::from_str_radix(&parameter[index..index + 2], 16).map_err(|_| Sar::FAIL)?;
            hash.update([octet]);
        }
    }
    hash.update(point);
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap())
            .collect()
    }

    fn point(text: &str) -> Point {
        hex(text).try_into().unwrap()
    }

    #[test]
    fn a_signature_verifies_and_a_changed_digest_does_not() {
        let (private, public) = generate_scalar().unwrap();
        let (r, s) = sign(&private[..], &[7; 32]).unwrap();
        assert!(verify(&public, &[7; 32], &r, &s).unwrap());
        assert!(!verify(&public, &[8; 32], &r, &s).unwrap());
    }

    /// GM/T 0003.5-2012, the agreement between A and B.
    #[test]
    fn both_parties_of_the_standards_example_agree_on_its_key() {
        let d_a = hex("81EB26E941BB5AF16DF116495F90695272AE2CD63D6C4AE1678418BE48230029");
        let p_a = point(
            "160E12897DF4EDB61DD812FEB96748FBD3CCF4FFE26AA6F6DB9540AF49C94232\
             4A7DAD08BB9A459531694BEB20AA489D6649975E1BFCF8C4741B78B4B223007F",
        );
        let d_b = hex("785129917D45A9EA5437A59356B82338EAADDA6CEB199088F14AE10DEFA229B5");
        let p_b = point(
            "6AE848C57C53C7B1B5FA99EB2286AF078BA64C64591B8B566F7357D576F16DFB\
             EE489D771621A27B36C5C7992062E9CD09A9264386F3FBEA54DFF69305621C4D",
        );
        let r_a = hex("D4DE15474DB74D06491C440D305E012400990F3E390C7E87153C12DB2EA60BB3");
        let t_a = point(
            "64CED1BDBC99D590049B434D0FD73428CF608A5DB8FE5CE07F15026940BAE40E\
             376629C7AB21E7DB260922499DDB118F07CE8EAAE3E7720AFEF6A5CC062070C0",
        );
        let r_b = hex("7E07124814B309489125EAED101113164EBF0F3458C5BD88335C1F9D596243D6");
        let t_b = point(
            "ACC27688A6F7B706098BC91FF3AD1BFF7DC2802CDB14CCCCDB0A90471F9BD707\
             2FEDAC0494B2FFC4D6853876C79B8F301C6573AD0AA50F39FC87181E1A1B46FE",
        );
        let id = b"1234567812345678";
        assert_eq!(public_of(&d_a).unwrap(), p_a);
        assert_eq!(public_of(&r_b).unwrap(), t_b);
        let expected = hex("6C89347354DE2484C60B4AB1FDE4C6E5");
        let own = Own {
            private: &d_a,
            temporary: &r_a,
            id,
        };
        let peer = Peer {
            public: &p_b,
            temporary: &t_b,
            id,
        };
        assert_eq!(agree(&own, &peer, Begins::Own, 16).unwrap()[..], expected);
        let own = Own {
            private: &d_b,
            temporary: &r_b,
            id,
        };
        let peer = Peer {
            public: &p_a,
            temporary: &t_a,
            id,
        };
        assert_eq!(agree(&own, &peer, Begins::Peer, 16).unwrap()[..], expected);
        // Who begins is part of the key, and so is each name.
        assert_ne!(agree(&own, &peer, Begins::Own, 16).unwrap()[..], expected);
        let stranger = Peer {
            id: b"another",
            ..peer
        };
        assert_ne!(
            agree(&own, &stranger, Begins::Peer, 16).unwrap()[..],
            expected
        );
    }

    /// GM/T 0003.5-2012, the encryption of "encryption standard".
    #[test]
    fn the_standards_ciphertext_decrypts_and_a_changed_one_does_not() {
        let private = hex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8");
        let mut cipher = Cipher {
            point: point(
                "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73\
                 E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0",
            ),
            hash: hex("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766")
                .try_into()
                .unwrap(),
            octets: hex("21886CA989CA9C7D58087307CA93092D651EFA"),
        };
        assert_eq!(
            &decrypt(&private, &cipher).unwrap()[..],
            b"encryption standard"
        );
        cipher.octets[3] ^= 1;
        assert_eq!(decrypt(&private, &cipher).unwrap_err(), Sar::DATA);
        cipher.octets[3] ^= 1;
        cipher.point[0] ^= 1;
        assert_eq!(decrypt(&private, &cipher).unwrap_err(), Sar::DATA);
    }

    #[test]
    fn what_is_encrypted_for_a_key_opens_with_it_and_with_no_other() {
        let (private, public) = generate_scalar().unwrap();
        let (other, _) = generate_scalar().unwrap();
        let cipher = encrypt(&public, b"a session key").unwrap();
        assert_eq!(
            &decrypt(&private[..], &cipher).unwrap()[..],
            b"a session key"
        );
        assert!(decrypt(&other[..], &cipher).is_err());
        assert!(encrypt(&public, b"").is_err());
        assert!(encrypt(&[1; 64], b"not on the curve").is_err());
    }
}
