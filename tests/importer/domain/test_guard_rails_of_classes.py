"""What holds a plan at one klas of a name that is used at several vestigingen."""

from dataclasses import replace

import pytest

from services.importer.domain.brake import About, Brake, BrakeCode, Scope
from services.importer.domain.guard_rails import DEFAULT
from services.importer.domain.roster import Group, Person
from tests.importer.domain.builders import document, in_group, klas, member, pupil, roster
from tests.importer.domain.builders import says_group as says_klas
from tests.importer.domain.test_guard_rails import codes, held, said

NORTH, SOUTH = "99ZY01", "99ZY02"
NAMES = ("1A", "1B")


def pupils(key: str, size: int, site: str | None) -> list[Person]:
    at_site = {"vestiging_code": site} if site else {}
    return [pupil(f"{key}{at}", pupil_number=f"{key}-{at}", **at_site) for at in range(size)]


def places(people: list[Person], group: Group) -> list[tuple[Person, Group]]:
    return [(one, group) for one in people]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("known", ["group", "pupil", "both"])
def test_two_classes_of_one_name_at_two_vestigingen_are_two(name: str, known: str) -> None:
    """Of 45 and 12 pupils: where the small one loses ten, the large one hides none of them."""
    of_pupils = (NORTH, SOUTH) if known != "group" else (None, None)
    of_groups = (NORTH, SOUTH) if known != "pupil" else (None, None)
    large, small = pupils("n", 45, of_pupils[0]), pupils("s", 12, of_pupils[1])
    classes = [klas("1A", "kn", site=of_groups[0]), klas(name, "ks", site=of_groups[1])]
    everywhere = [*places(large, classes[0]), *places(small, classes[1])]
    old = roster([*large, *small], classes, [member(*one) for one in everywhere])
    said_of = [
        says_klas(one.source_key, name=one.fields["name"], vestiging_code=site)
        for one, site in zip(classes, of_groups, strict=True)
    ]
    stay = [in_group(one.source_key or "", of.source_key or "") for one, of in everywhere]
    left = [one for one in stay if one.person not in {f"s{at}" for at in range(10)}]

    gone = held(old, document(said([*large, *small[10:]]), said_of, left))
    (found,) = (one for one in gone if one.scope is Scope.KLAS)
    assert (found.key, found.affected, found.total) == (
        f"many_archived:klas@{SOUTH}:{name}",
        *(10, 12),
    )
    assert f"10 van de 12 leerlingen van klas {name} (vestiging {SOUTH})" in found.sentence

    without = held(old, document(said([*large, *small]), said_of, left))
    (found,) = (one for one in without if one.scope is Scope.KLAS)
    assert found.key == f"many_without_group:klas@{SOUTH}:{name}:stamgroep"

    renamed = said(small[:10], lambda fields: {**fields, "given_name": "X"})
    people = [*said([*large, *small[10:]]), *renamed]
    named = [replace(one, fields={**one.fields, "given_name": "Y"}) for one in [*large, *small]]
    before = roster(named, classes, [member(*one) for one in everywhere])
    (found,) = (one for one in held(before, document(people, said_of, stay)) if one.value == name)
    assert found.key == f"many_updated:klas@{SOUTH}:{name}:given_name"


def test_a_pupil_of_another_vestiging_counts_in_the_klas_that_they_are_in() -> None:
    """Six of its own and six guests: the klas loses ten of twelve, wherever they are enrolled."""
    own, guests, others = (
        pupils(*of) for of in (("o", 6, NORTH), ("g", 6, SOUTH), ("x", 90, SOUTH))
    )
    of_north, of_south = klas("1A", "kn", site=NORTH), klas("1A", "ks", site=SOUTH)
    everywhere = [*places([*own, *guests], of_north), *places(others, of_south)]
    old = roster(
        [*own, *guests, *others], [of_north, of_south], [member(*one) for one in everywhere]
    )
    left = [one for one in everywhere if one[0] not in [*own[:5], *guests[:5]]]
    groups = [
        says_klas("kn", name="1A", vestiging_code=NORTH),
        says_klas("ks", name="1A", vestiging_code=SOUTH),
    ]
    stay = [in_group(one.source_key or "", of.source_key or "") for one, of in left]
    found = held(old, document(said([one for one, _ in left]), groups, stay))
    assert codes(found) == {f"many_archived:klas@{NORTH}:1A"}
    assert (found[0].affected, found[0].total) == (10, 12)


def test_a_brake_keeps_its_klas_and_reads_what_a_release_before_wrote() -> None:
    what = (BrakeCode.MANY_ARCHIVED, About.ARCHIVE, Scope.KLAS, 10, 12, DEFAULT, "1A")
    of_one = Brake(*what, vestiging=SOUTH)
    assert Brake.of_facts(of_one.facts()) == of_one
    facts = {name: value for name, value in of_one.facts().items() if name not in _NEWER}
    assert Brake.of_facts(facts) == Brake(*what)
    assert Brake.of_facts(facts).key == "many_archived:klas:1A"
    # Whatever a klas is called, its key is no other's.
    odd = {
        replace(of_one, value=name, vestiging=None).key for name in (f"{SOUTH}:1A", f"1A@{SOUTH}")
    }
    assert of_one.key not in odd


_NEWER = {"vestiging", "role"}
