"""One side's people by what tells who they are; `resting` says what that is good for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from services.importer.domain.normalise import bare_number
from shared.roster.document import PERSON_FIELDS, PersonRole

T = TypeVar("T")
Values = Mapping[str, str | None]
# Role, source key and fields; false for who must be looked at whatever they say.
Entry = tuple[PersonRole, str | None, Values, bool]
Key = tuple[str, PersonRole | None, str]
IDENTIFYING = ("eck_id", "real_id")
KEY_FIELDS = (*IDENTIFYING, "pupil_number", "employee_code")
# Values are cleaned: they hold no control characters.
_BETWEEN, _EMPTY = "\x1f", "\x1e"


class Register(Generic[T]):
    """People, or records of people, by their place.

    `words` has what each of them says, to the letter; None where somebody has no key of the
    source's, shares a key with another one, or must be looked at for another reason. `places`
    leads back from words, `holders` from a key (of several, to the first).
    """

    def __init__(self, people: Sequence[T], entry_of: Callable[[T], Entry]) -> None:
        """Read everybody once, and once more where keys are shared."""
        self.people = people
        self.words: list[str | None] = []
        self.holders: dict[Key, int] = {}
        shared: set[Key] = set()
        for place, one in enumerate(people):
            role, key, fields, may_rest = entry_of(one)
            self.words.append(_words(role, key, fields) if may_rest and key else None)
            for name in keys_of(role, key, fields):
                if self.holders.setdefault(name, place) != place:
                    shared.add(name)
        if shared:
            self.words = list(self._unshared(shared, entry_of))
        self.places: dict[str | None, int] = {
            said: place for place, said in enumerate(self.words) if said is not None
        }

    def _unshared(self, shared: set[Key], entry_of: Callable[[T], Entry]) -> Iterator[str | None]:
        for one, said in zip(self.people, self.words, strict=True):
            role, key, fields, _ = entry_of(one)
            yield None if shared.intersection(keys_of(role, key, fields)) else said


def weak_keys(role: PersonRole, fields: Values) -> list[tuple[str, str]]:
    """The keys that a source did not make: names and values as they are compared, within a role."""
    if role is PersonRole.PUPIL:
        number = bare_number(fields.get("pupil_number"))
    else:
        number = fields.get("employee_code")
    found = [("number", number.casefold())] if number else []
    for name in IDENTIFYING:
        value = fields.get(name)
        if value:
            found.append((name, value.casefold()))
    return found


def keys_of(role: PersonRole, key: str | None, fields: Values) -> list[Key]:
    """Every key that somebody has: nothing else makes two people one; a source's holds for all."""
    found: list[Key] = [(name, role, value) for name, value in weak_keys(role, fields)]
    if key is not None:
        found.append(("key", None, key))
    return found


def _words(role: PersonRole, key: str, fields: Values) -> str:
    values = [value or _EMPTY for value in map(fields.get, PERSON_FIELDS)]
    return _BETWEEN.join((role, key, *values))
