"""Messages that the browser alone can read, and the proof of who sends them (RFC 8188, 8291 and 8292)."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
POINT_BYTES = 65
AUTH_BYTES = 16
SALT_BYTES = 16
RECORD_BYTES = 4096
NUMBER_BYTES = 32
# The header, the tag of the cipher, and the byte that ends the text.
MAX_TEXT_BYTES = RECORD_BYTES - (SALT_BYTES + 4 + 1 + POINT_BYTES) - 16 - 1


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser gives to whoever may push to it."""

    public: ec.EllipticCurvePublicKey
    auth: bytes


def read_keys(public_key: str, auth_secret: str) -> Keys:
    """Keys as browsers write them, in base64 for URLs. Raises ValueError."""
    auth = decode(auth_secret)
    point = decode(public_key)
    if len(auth) != AUTH_BYTES or len(point) != POINT_BYTES:
        raise ValueError("of another length")
    return Keys(ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point), auth)


def encrypt(
    text: bytes, keys: Keys, *, sender: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body of a push, of up to MAX_TEXT_BYTES of text; `sender` and `salt` are new ones unless a test has them."""
    assert len(text) <= MAX_TEXT_BYTES
    sender, salt = sender or ec.generate_private_key(CURVE), salt or os.urandom(SALT_BYTES)
    ours, theirs = encode_point(sender.public_key()), encode_point(keys.public)
    shared = sender.exchange(ec.ECDH(), keys.public)
    secret = _derive(shared, keys.auth, b"WebPush: info\0" + theirs + ours, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([POINT_BYTES]) + ours
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def sign_token(key: ec.EllipticCurvePrivateKey, *, audience: str, subject: str, expires_s: int) -> str:
    """The token that tells a push service who sends; `audience` is the service's origin."""
    claims = {"aud": audience, "exp": expires_s, "sub": subject}
    signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{encode(b''.join(number.to_bytes(NUMBER_BYTES, 'big') for number in numbers))}"


def _json(value: dict[str, object]) -> str:
    return encode(json.dumps(value, separators=(",", ":")).encode())


def encode_point(key: ec.EllipticCurvePublicKey) -> bytes:
    """A public key as 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(data: bytes) -> str:
    """Base64 for URLs, without what fills it up."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """What `encode` wrote. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars="-_", validate=True)
