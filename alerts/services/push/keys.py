"""The key pair by which push services know this installation: made once, kept encrypted (alerts §6.6)."""

from __future__ import annotations

import logging

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from alerts.models import PushDevice, PushKey
from alerts.services.push.encryption import CURVE, NUMBER_BYTES, encode, encode_point
from alerts.services.sealing import seal, unseal

logger = logging.getLogger(__name__)

SALT = "alerts.push"
# There is one, whoever makes it.
ROW = 1


def public_key() -> str:
    """The public key, in base64 for URLs; it is made when there is none, or none that can be read any more."""
    row = PushKey.objects.filter(pk=ROW).first()
    if row is not None and unseal(row.sealed_key, SALT) is not None:
        return row.public_key
    return _make()


def private_key() -> ec.EllipticCurvePrivateKey | None:
    """The private key; None when there is none, or it was sealed under another SECRET_KEY."""
    row = PushKey.objects.filter(pk=ROW).first()
    number = None if row is None else unseal(row.sealed_key, SALT)
    return None if number is None else ec.derive_private_key(int.from_bytes(number, "big"), CURVE)


@transaction.atomic
def _make() -> str:
    """Browsers that know a former key are forgotten: their services take nothing by another."""
    key = ec.generate_private_key(CURVE)
    number = key.private_numbers().private_value.to_bytes(NUMBER_BYTES, "big")
    values = {"public_key": encode(encode_point(key.public_key())), "sealed_key": seal(number, SALT)}
    PushKey.objects.get_or_create(pk=ROW, defaults=values)
    row = PushKey.objects.select_for_update().get(pk=ROW)
    if unseal(row.sealed_key, SALT) is None:
        PushKey.objects.filter(pk=ROW).update(**values)
        count, _ = PushDevice.objects.all().delete()
        logger.warning("SECRET_KEY was changed: a new push key was made, and devices were forgotten: %s", count)
        return values["public_key"]
    return row.public_key
