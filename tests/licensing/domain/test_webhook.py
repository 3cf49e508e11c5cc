from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.webhook import rest, signature_headers, written
from tests.licensing.receiver import is_signed

# The example that every library of the Standard Webhooks specification is tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
ID = UUID("01938f2e-7a51-7c3e-9d5f-2b6a1c0e4f10")
MOMENT = datetime.fromtimestamp(1614265330, UTC)


def test_a_signature_is_that_of_the_specification() -> None:
    # The example's id is no UUID.
    event_id: Any = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    headers = signature_headers([SECRET], event_id, MOMENT, BODY)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), st.binary())
def test_while_a_secret_is_rotated_both_are_good_and_no_third(
    new: bytes, old: bytes, body: bytes
) -> None:
    headers = signature_headers([written(new), written(old)], ID, MOMENT, body)
    assert is_signed(headers, body, written(new))
    assert is_signed(headers, body, written(old))
    assert not is_signed(headers, body + b".", written(new))
    assert not is_signed(headers, body, SECRET)
    assert not is_signed({**headers, "webhook-id": str(UUID(int=1))}, body, written(new))


@given(st.integers(1, 10_000), st.none() | st.integers(0, 999_999))
def test_a_receiver_rests_longer_each_time_and_never_for_long(
    failures: int, wish: int | None
) -> None:
    assert timedelta(seconds=5) <= rest(failures, wish) <= timedelta(minutes=15)
    assert rest(failures + 1, wish) >= rest(failures, wish)
    if wish is not None and wish <= 900:
        assert rest(failures, wish) >= timedelta(seconds=wish)
