"""Webhooks: what may be told, how it is signed, and how long a receiver that fails is left alone.

Source: the Standard Webhooks specification, version 1.0.0 (https://www.standardwebhooks.com).
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

_PREFIX = "whsec_"
_FIRST_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(minutes=15)
_MOST_DOUBLINGS = 8
# Between the specification's 24 and 64 bytes.
SECRET_BYTES = 32
# A receiver deploys its new secret within a day, or a day after the last one who had the old.
BOTH_SECRETS = timedelta(hours=24)


def written(key: bytes) -> str:
    """A secret as receivers' libraries read it."""
    return _PREFIX + base64.b64encode(key).decode()


def signature_headers(
    secrets: Sequence[str], event_id: UUID, moment: datetime, body: bytes
) -> dict[str, str]:
    """The headers that prove who sent a body, when, and as which event.

    There is a signature for each secret: while one takes over from another, both are good.
    """
    seconds = str(int(moment.timestamp()))
    signed = b".".join((str(event_id).encode(), seconds.encode(), body))
    signatures = " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)
    return {
        "webhook-id": str(event_id),
        "webhook-timestamp": seconds,
        "webhook-signature": signatures,
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def rest(failures: int, wish: int | None = None) -> timedelta:
    """How long a receiver is left alone after so many failures in a row.

    `wish` is its own Retry-After in seconds, followed up to the longest rest there is.
    """
    doubled: timedelta = min(_FIRST_REST * 2 ** min(failures - 1, _MOST_DOUBLINGS), _LONGEST_REST)
    return doubled if wish is None else max(doubled, min(timedelta(seconds=wish), _LONGEST_REST))
