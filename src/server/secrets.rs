//! The instance's secret: signing of cookies, sealing of credentials, and the canary that notices a
//! wrong key before anything is served.

use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::server::clock::Chance;

const KEY_FILE: &str = "secret.key";
const NONCE_BYTES: usize = 24;
/// Bytes of a cookie's signature: 128 bits are beyond guessing and keep the cookie short.
const SIGNATURE_BYTES: usize = 16;
/// First byte of everything sealed: which key of the ring it was sealed with.
const KEY_ID: u8 = 1;

/// Keys derived from the instance's one secret.
#[derive(Clone)]
pub struct Secrets {
    signing: [u8; 32],
    sealing: [u8; 32],
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Keys from the text of the secret.
    pub fn from_text(secret: &str) -> Self {
        Self { signing: derive(secret, b"sign"), sealing: derive(secret, b"seal") }
    }

    /// The configured secret, or the one in the data folder's key file, which is made when missing.
    ///
    /// # Errors
    /// A sentence when the file cannot be read or written.
    pub fn load(configured: Option<&str>, data_dir: &Path, chance: &Chance) -> Result<Self, String> {
        if let Some(secret) = configured {
            if secret.trim().len() < 16 {
                return Err("HARKARA_SECRET_KEY must have at least 16 characters.".to_owned());
            }
            return Ok(Self::from_text(secret.trim()));
        }
        let path = data_dir.join(KEY_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) if text.trim().len() >= 16 => Ok(Self::from_text(text.trim())),
            Ok(_) => Err(format!("The key file {} is empty or cut short. Restore it from a backup.", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secret = hex::encode(chance.bytes::<32>());
                write_key_file(&path, &secret)
                    .map_err(|error| format!("The key file {} cannot be written: {error}.", path.display()))?;
                Ok(Self::from_text(&secret))
            }
            Err(error) => Err(format!("The key file {} cannot be read: {error}.", path.display())),
        }
    }

    /// Signs bytes for one purpose and returns them with their signature, URL-safe.
    pub fn sign(&self, purpose: &str, content: &[u8]) -> String {
        let mut signed = content.to_vec();
        signed.extend_from_slice(&self.mac(purpose, content).finalize().into_bytes()[..SIGNATURE_BYTES]);
        URL_SAFE_NO_PAD.encode(signed)
    }

    /// The bytes that were signed, or `None` when anything about them was changed.
    pub fn verify(&self, purpose: &str, signed: &str) -> Option<Vec<u8>> {
        let mut content = URL_SAFE_NO_PAD.decode(signed).ok()?;
        let at = content.len().checked_sub(SIGNATURE_BYTES)?;
        let signature = content.split_off(at);
        self.mac(purpose, &content).verify_truncated_left(&signature).ok()?;
        Some(content)
    }

    fn mac(&self, purpose: &str, content: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.signing)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(content);
        mac
    }

    /// Seals a text; `place` is `table/column/row` and must be the same when it is opened.
    pub fn seal(&self, place: &str, text: &str, chance: &Chance) -> String {
        let nonce: [u8; NONCE_BYTES] = chance.bytes();
        let payload = Payload { msg: text.as_bytes(), aad: place.as_bytes() };
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .unwrap_or_else(|_| unreachable!("texts are far below the cipher's limit"));
        let mut bytes = vec![KEY_ID];
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        STANDARD.encode(bytes)
    }

    /// Opens a sealed text; `None` with another key, another place, or changed bytes.
    pub fn open(&self, place: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (&key, rest) = bytes.split_first()?;
        if key != KEY_ID || rest.len() < NONCE_BYTES {
            return None;
        }
        let (nonce, sealed) = rest.split_at(NONCE_BYTES);
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        String::from_utf8(self.cipher().decrypt(&XNonce::from(nonce), payload).ok()?).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.sealing.into())
    }
}

fn derive(secret: &str, purpose: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

fn write_key_file(path: &Path, secret: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()
}

/// SHA-256 in hex.
pub fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Compares two texts in a time that does not depend on where they differ.
pub fn same(left: &str, right: &str) -> bool {
    bool::from(subtle::ConstantTimeEq::ct_eq(left.as_bytes(), right.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_signed_text_is_refused() {
        let secrets = Secrets::from_text("a secret of the shop");
        let signed = secrets.sign("cart", b"hello");
        assert_eq!(secrets.verify("cart", &signed).as_deref(), Some(&b"hello"[..]));
        assert_eq!(secrets.verify("session", &signed), None, "another purpose");
        assert_eq!(Secrets::from_text("another secret here").verify("cart", &signed), None);
        for at in 0..signed.len() {
            let mut forged = signed.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(
                secrets.verify("cart", &forged).is_none_or(|content| content == b"hello" && forged == signed)
                    || at == signed.len() - 1
            );
        }
        for wrong in ["", "AAAA", "%%%", "é"] {
            assert_eq!(secrets.verify("cart", wrong), None);
        }
    }

    #[test]
    fn a_sealed_text_opens_only_at_its_place_with_its_key() {
        let secrets = Secrets::from_text("a secret of the shop");
        let sealed = secrets.seal("couriers/credentials/1", "token", &Chance::System);
        assert_eq!(secrets.open("couriers/credentials/1", &sealed).as_deref(), Some("token"));
        assert_eq!(secrets.open("couriers/credentials/2", &sealed), None);
        assert_eq!(Secrets::from_text("another secret here").open("couriers/credentials/1", &sealed), None);
    }

    #[test]
    fn the_key_file_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let first = Secrets::load(None, folder.path(), &Chance::System).unwrap();
        let second = Secrets::load(None, folder.path(), &Chance::System).unwrap();
        assert_eq!(first.sign("a", b"b"), second.sign("a", b"b"));
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(folder.path().join(KEY_FILE)).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(folder.path().join(KEY_FILE), "").unwrap();
        assert!(Secrets::load(None, folder.path(), &Chance::System).is_err());
    }
}
