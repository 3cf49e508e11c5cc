from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.pool import Pool


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(-2000, 2000))
def test_a_correction_never_takes_a_license_that_is_in_use(
    used: int, left: int, amount: int
) -> None:
    pool = Pool(UUID(int=1), UUID(int=2), "rekenen", "2026-2027", used + left, used)
    assert pool.left == left
    assert pool.allows(amount) == (pool.granted + amount >= pool.used)
