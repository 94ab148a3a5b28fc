//! Passwords and session tokens.

use argon2::password_hash::{self, phc};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::chat::{ChatId, FileKey, PasswordHash, TokenDigest};
use crate::fair::{Overloaded, Semaphore};
use crate::log::log;

/// Shortest password, in characters.
pub const PASSWORD_MIN: usize = 8;
/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 256;
/// Longest text that can be such a password, in bytes of UTF-8: no character in NFC takes more than 12 decomposed.
pub const PASSWORD_BYTES_MAX: usize = 12 * PASSWORD_MAX;
/// Passwords hashed at the same time: each takes a core and `--password-memory`.
pub const HASHES_AT_ONCE: usize = 2;
/// Passwords being hashed or waiting for it; who comes then is asked to come back.
pub const HASHES_ADMITTED: usize = 32;
/// Least and most memory for one hash, in MiB.
pub const PASSWORD_MEMORY: std::ops::RangeInclusive<u32> = 7..=1024;

/// A password that somebody chose, in NFC (two keyboards may write one é differently).
pub struct Password(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordError {
    /// Fewer than [`PASSWORD_MIN`] characters.
    TooShort,
    /// More than [`PASSWORD_MAX`] characters.
    TooLong,
}

impl Password {
    /// A new password, for registration.
    pub fn choose(text: &str) -> Result<Self, PasswordError> {
        if text.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::TooLong);
        }
        let password = Self::given(text);
        match password.0.chars().count() {
            ..PASSWORD_MIN => Err(PasswordError::TooShort),
            PASSWORD_MIN..=PASSWORD_MAX => Ok(password),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// A password to verify, of any length. A text that is too long for one is wrong, and is not
    /// normalized first.
    pub fn given(text: &str) -> Self {
        if text.len() > PASSWORD_BYTES_MAX { Self(text.into()) } else { Self(text.nfc().collect()) }
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The slow work. Its own trait so that tests can count it, or hold it up.
pub trait Hasher: Send + Sync {
    /// Salts anew each time. Cost: slow on purpose.
    ///
    /// Errors: there is no memory for it now. So for [`Self::verify`].
    fn hash(&self, password: &Password) -> Result<PasswordHash, Overloaded>;
    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Overloaded>;
    /// A hash that no password gives, and that takes as long to try as a real one.
    fn decoy(&self) -> PasswordHash;
}

/// argon2id with OWASP's parameters (Password Storage Cheat Sheet, 2025): 19 MiB and two passes,
/// or more passes where there is less memory.
pub struct Argon2id(Params);

impl Argon2id {
    /// `memory` in MiB, within [`PASSWORD_MEMORY`].
    pub fn new(memory: u32) -> Self {
        let passes = match memory {
            ..9 => 5,
            9..12 => 4,
            12..19 => 3,
            _ => 2,
        };
        Self(Params::new(memory * 1024, passes, 1, None).unwrap_or_default())
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
    }
}

impl Hasher for Argon2id {
    fn hash(&self, password: &Password) -> Result<PasswordHash, Overloaded> {
        match self.argon2().hash_password_with_salt(password.bytes(), &random::<16>()) {
            Err(password_hash::Error::OutOfMemory) => Err(Overloaded),
            // Fails only for parameters or lengths out of range; these are constants.
            hash => Ok(PasswordHash(hash.expect("argon2 takes its own parameters").to_string().into())),
        }
    }

    fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<bool, Overloaded> {
        let Ok(hash) = phc::PasswordHash::new(&hash.0) else { return Ok(false) };
        if !is_affordable(&hash, self.0.m_cost()) {
            log(format_args!("a member's password takes more to check than --password-memory allows"));
            // The same work as for others.
            self.hash(password)?;
            return Ok(false);
        }
        match self.argon2().verify_password(password.bytes(), &hash) {
            Err(password_hash::Error::OutOfMemory) => Err(Overloaded),
            matches => Ok(matches.is_ok()),
        }
    }

    fn decoy(&self) -> PasswordHash {
        let (memory, passes) = (self.0.m_cost(), self.0.t_cost());
        let salt = Base64Unpadded::encode_string(&random::<16>());
        let output = Base64Unpadded::encode_string(&random::<32>());
        PasswordHash(format!("$argon2id$v=19$m={memory},t={passes},p=1${salt}${output}").into())
    }
}

/// Memory that any hash may take to check, in KiB, and how many times as much work it may be: as RFC 9106 recommends
/// where there is less memory (64 MiB, three passes), and a little more. Own ones take up to `--password-memory`.
const AFFORDABLE_MEMORY: u32 = 64 * 1024;
const AFFORDABLE_PASSES: u32 = 4;

/// True where a hash, which may come from elsewhere, takes no more to check than is allowed. `memory` in KiB.
fn is_affordable(hash: &phc::PasswordHash, memory: u32) -> bool {
    let memory = u64::from(memory.max(AFFORDABLE_MEMORY));
    Params::try_from(hash).is_ok_and(|cost| {
        let (taken, passes) = (u64::from(cost.m_cost()), u64::from(cost.t_cost()));
        taken <= memory && taken * passes <= memory * u64::from(AFFORDABLE_PASSES)
    })
}

/// Errors: the reason why no password can be checked against a hash with `memory` MiB. The error says what it is not.
#[cfg(feature = "sqlite")]
pub(crate) fn check_hash(hash: &PasswordHash, memory: u32) -> Result<(), &'static str> {
    let hash = phc::PasswordHash::new(&hash.0).ok();
    let argon2 = hash.filter(|hash| hash.algorithm.as_str().starts_with("argon2"));
    match argon2 {
        None => Err("is no argon2 hash"),
        Some(hash) if is_affordable(&hash, memory * 1024) => Ok(()),
        Some(_) => Err("is a hash that takes more to check than --password-memory allows"),
    }
}

/// Hashes passwords, a few at a time.
pub struct Passwords {
    hasher: Box<dyn Hasher>,
    decoy: PasswordHash,
    semaphore: Semaphore,
}

impl Passwords {
    /// Hashes with `hasher`, [`HASHES_AT_ONCE`].
    pub fn new(hasher: Box<dyn Hasher>) -> Self {
        let decoy = hasher.decoy();
        Self { hasher, decoy, semaphore: Semaphore::new(HASHES_AT_ONCE, HASHES_ADMITTED - HASHES_AT_ONCE) }
    }

    /// A new salted hash. Slow; never call it under a lock.
    pub fn hash(&self, password: &Password) -> Result<PasswordHash, Overloaded> {
        let _turn = self.semaphore.acquire()?;
        self.hasher.hash(password)
    }

    /// True where the password fits the hash. Without a hash (nobody has that name) false, after the
    /// same work. Slow; never call it under a lock.
    pub fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> Result<bool, Overloaded> {
        let _turn = self.semaphore.acquire()?;
        let matches = self.hasher.verify(password, hash.unwrap_or(&self.decoy))?;
        Ok(matches && hash.is_some())
    }
}

/// A session's secret: 256 random bits as 43 characters of base64url. Only the browser keeps it.
pub struct SecretToken(String);

impl SecretToken {
    pub fn draw() -> Self {
        Self(Base64UrlUnpadded::encode_string(&random::<32>()))
    }

    /// The text for the cookie.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of it that the server keeps.
    pub fn digest(&self) -> TokenDigest {
        digest(&self.0)
    }
}

/// The digest of whatever a browser gives as its token.
pub fn digest(token: &str) -> TokenDigest {
    TokenDigest(Sha256::digest(token).into())
}

/// Key of a session's embedded pages, which only its own pages know. The token does not follow from it.
pub(crate) fn frame_key(token: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(format!("frame {token}"))[..16])
}

/// Compares in a time that tells nothing of where two secrets differ.
fn same(one: &str, other: &str) -> bool {
    // Comparing digests leaks nothing useful: nobody can choose their bytes.
    digest(one) == digest(other)
}

/// A nonce for a form: 128 random bits as 22 characters of base64url.
pub fn draw_nonce() -> String {
    Base64UrlUnpadded::encode_string(&random::<16>())
}

/// A name that nothing else has: 128 random bits.
#[cfg(feature = "postgres")]
pub(crate) fn draw_id() -> [u8; 16] {
    random()
}

/// A name for the bytes of a file, which nobody can guess.
pub(crate) fn draw_file_key() -> FileKey {
    FileKey(random())
}

/// The letters and digits of a drawn code, of which none looks like another: 5 bits each.
const CODE_ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Least bits of a code that takes too long to guess at the rate that strangers have.
const CODE_BITS_MIN: f64 = 40.0;

/// A code for people to read and type: 60 random bits as three groups of four letters and digits.
pub fn draw_code() -> String {
    let letters = random::<12>().map(|byte| char::from(CODE_ALPHABET[usize::from(byte % 32)]));
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
}

/// An id for a chat that is not kept.
pub(crate) fn draw_chat_id() -> ChatId {
    ChatId::from_bits(u64::from_be_bytes(random::<8>()))
}

/// Compares in a time that tells nothing of where two codes differ. Letter case, spaces and dashes do not
/// count in a code like those that [`draw_code`] gives; of any other, each character does.
pub fn is_same_code(given: &str, wanted: &str) -> bool {
    let plain = |code: &str| -> String {
        let letters =
            code.chars().filter(|c| !c.is_whitespace() && !"-\u{2010}\u{2011}\u{2012}–—".contains(*c));
        letters.flat_map(char::to_lowercase).collect()
    };
    let groups: Vec<&str> = wanted.split('-').collect();
    let is_group = |group: &&str| group.len() == 4 && group.bytes().all(|byte| CODE_ALPHABET.contains(&byte));
    let drawn = groups.len() == 3 && groups.iter().all(is_group);
    if drawn { same(&plain(given), &plain(wanted)) } else { same(given, wanted) }
}

/// True where a chosen code may be guessed: by its length and the kinds of its characters, as if they were
/// random.
pub fn is_guessable(code: &str) -> bool {
    let has = |is: fn(char) -> bool| code.chars().any(is);
    let sign = |c: char| !c.is_ascii_digit() && !c.is_alphabetic() && !c.is_whitespace();
    let size = [(has(|c| c.is_ascii_digit()), 10.0), (has(char::is_alphabetic), 26.0), (has(sign), 10.0)];
    let size: f64 = size.iter().filter(|(has, _)| *has).map(|(_, size)| size).sum();
    let length = u16::try_from(code.chars().count()).unwrap_or(u16::MAX);
    f64::from(length) * size.max(1.0).log2() < CODE_BITS_MIN
}

/// Proves that this machine gives random bytes, as it then goes on doing. Before all that draws some. Where neither the system
/// call nor `/dev/urandom` is there, the error is one line for the operator.
pub(crate) fn check_randomness() -> Result<(), String> {
    let drawn = SysRng.try_fill_bytes(&mut [0; 16]);
    drawn.map_err(|error| {
        format!("there are no random bytes here, so no secrets ({error}); is /dev/urandom missing?")
    })
}

/// Random bytes from the operating system. It panics where [`check_randomness`] would have failed.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // Without randomness no secret can be made, so the request that wants one must fail.
    SysRng.try_fill_bytes(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let hasher = Argon2id::new(7);
        let hash = hasher.hash(&Password::given("correct horse")).unwrap();
        let verify = |password, hash| hasher.verify(&Password::given(password), hash).unwrap();
        assert!(hash.0.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
        assert!(verify("correct horse", &hash));
        assert!(!verify("correct horsf", &hash));
        assert!(!verify("correct horse", &hasher.decoy()));
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_hash_from_elsewhere_costs_no_more_than_is_allowed() {
        let hash = |parameters: &str| {
            PasswordHash(format!("$argon2id$v=19${parameters}$c2FsdHNhbHQ$bm9ib2R5bm9ib2R5bm9ib2R5").into())
        };
        let check = |parameters: &str, memory| check_hash(&hash(parameters), memory).is_ok();
        for fine in ["m=7168,t=5,p=1", "m=19456,t=2,p=1", "m=47104,t=1,p=1", "m=65536,t=3,p=4"] {
            assert!(check(fine, 7), "{fine}");
        }
        for much in ["m=65537,t=1,p=1", "m=1048576,t=1,p=1", "m=64,t=4294967295,p=1", "m=65536,t=5,p=1"] {
            assert!(!check(much, 19), "{much}");
            let start = std::time::Instant::now();
            let verified = Argon2id::new(7).verify(&Password::given("correct horse"), &hash(much));
            assert!(matches!(verified, Ok(false)), "{much}");
            assert!(start.elapsed().as_secs() < 20, "{much}");
        }
        assert!(check("m=1048576,t=2,p=1", 1024) && Argon2id::new(1024).0.m_cost() == 1_048_576);
    }

    #[test]
    fn the_decoy_costs_what_a_real_hash_costs() {
        let hasher = Argon2id::new(19);
        let decoy = hasher.decoy();
        let decoy = phc::PasswordHash::new(&decoy.0).unwrap();
        assert_eq!(Params::try_from(&decoy).unwrap(), Params::new(19 * 1024, 2, 1, Some(32)).unwrap());
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one_password() {
        assert_eq!(Password::given("cafe\u{301}").0, Password::given("caf\u{e9}").0);
        assert!(matches!(Password::choose("1234567"), Err(PasswordError::TooShort)));
        assert!(Password::choose("12345678").is_ok());
        assert!(Password::choose(&"é".repeat(PASSWORD_MAX)).is_ok());
        assert!(matches!(Password::choose(&"é".repeat(PASSWORD_MAX + 1)), Err(PasswordError::TooLong)));
    }

    #[test]
    fn a_drawn_code_is_known_however_it_is_typed_and_a_chosen_one_as_it_is() {
        let code = draw_code();
        assert!(!is_guessable(&code) && is_same_code(&code, &code));
        for typed in [code.to_uppercase(), code.replace('-', ""), code.replace('-', " — ")] {
            assert!(is_same_code(&typed, &code), "{typed}");
        }
        assert!(!is_same_code(&draw_code(), &code) && !is_same_code("", &code));
        assert!(!is_same_code("SESAME", "sesame") && !is_same_code("", "--") && !is_same_code("--", "-"));
    }

    #[test]
    fn short_codes_are_guessable() {
        for code in ["sesame", "12345678", "letme1n", "123456789012"] {
            assert!(is_guessable(code), "{code}");
        }
        for code in ["sesame-and-more", "openthedoor", "1234567890123", "Zwölf Boxkämpfer"] {
            assert!(!is_guessable(code), "{code}");
        }
    }

    #[test]
    fn tokens_differ_and_a_digest_is_no_token() {
        let (one, other) = (SecretToken::draw(), SecretToken::draw());
        assert_eq!(one.as_str().len(), 43);
        assert_ne!(one.digest(), other.digest());
        let as_token = Base64UrlUnpadded::encode_string(&one.digest().0);
        assert_ne!(digest(&as_token), one.digest());
    }
}
