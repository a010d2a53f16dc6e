from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from handseg.intake.alike import ALIKE, distance
from handseg.intake.lookalikes import Lookalikes

hashes = st.integers(0, 2**64 - 1).map("{:016x}".format)
few_bits = st.sets(st.integers(0, 63), max_size=9)

# A film of which one photo is the same, and others have a quarter of its hash each.
FILM = [(set(), "a"), *((set(range(64)) - set(range(first, first + 16)), "a") for first in range(0, 64, 16))]


@example("0" * 16, FILM)
@given(hashes, st.lists(st.tuples(few_bits, st.sampled_from("abcdef")), max_size=12))
def test_exactly_the_hashes_within_the_limit_are_found_with_their_least_distance(
    phash: str, others: list[tuple[set[int], str]]
) -> None:
    named = [(f"{int(phash, 16) ^ sum(1 << bit for bit in bits):016x}", name) for bits, name in others]
    known = Lookalikes()
    for other, name in named:
        known.add(other, name)
    expected: dict[str, int] = {}
    for other, name in named:
        if (bits := distance(phash, other)) <= ALIKE:
            expected[name] = min(bits, expected.get(name, bits))
    assert known.near(phash) == expected
    assert known.names_near(phash) == expected.keys()
