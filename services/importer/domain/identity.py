"""Who logs in: a Kennisnet Entree login matched to exactly one person of one school.

Sources: Kennisnet, "Attributen en eduPersonAffiliation" of the Entree Federatie (which attributes
a service gets); Edu-V (eckId is the primary identifier, RealId and ProfileId are secondary).
An ECK iD is the same at every school of a sector and never handed on; a RealId
(`user@realm`) is the school's own, and may be given to another or renamed; a ProfileId begins
with the leerlingnummer, which is the school's own too. E-mail and name decide nothing: twins
share a mailbox, and two pupils share a name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.importer.domain.normalise import bare_number
from shared.roster.document import PersonRole


class Affiliation(StrEnum):
    """What the school says that somebody is to it (eduPersonAffiliation)."""

    STUDENT = "student"
    EMPLOYEE = "employee"
    STAFF = "staff"
    AFFILIATE = "affiliate"


class Resolution(StrEnum):
    """What came of a login."""

    RESOLVED = "resolved"
    SCHOOL_UNKNOWN = "school_unknown"
    NO_KEY = "no_key"
    NO_MATCH = "no_match"
    AMBIGUOUS = "ambiguous"
    KEYS_DISAGREE = "keys_disagree"
    AFFILIATION_DIFFERS = "affiliation_differs"
    GUEST = "guest"
    ARCHIVED = "archived"


_ROLES = {
    Affiliation.STUDENT: PersonRole.PUPIL,
    Affiliation.EMPLOYEE: PersonRole.EMPLOYEE,
    Affiliation.STAFF: PersonRole.EMPLOYEE,
}
# Strongest first.
_KEYS = ("eck_id", "real_id", "pupil_number")


@dataclass(frozen=True)
class Login:
    """The attributes of a login that can decide; the school is found by its BRIN before."""

    affiliations: frozenset[Affiliation]
    eck_id: str | None = None
    real_id: str | None = None
    profile_id: str | None = None

    @property
    def pupil_number(self) -> str | None:
        """The leerlingnummer in a ProfileId (`number@administration.domain`), as compared."""
        number, at, _ = (self.profile_id or "").partition("@")
        return bare_number(number.strip() or None) if at else None

    @property
    def has_key(self) -> bool:
        """Whether there is anything in it that can tell one person from another."""
        return any(_value(key, self) for key in _KEYS)


@dataclass(frozen=True)
class Candidate:
    """A person of the school whom one of the login's keys names; erased people have no keys.

    `is_led` when the keys are those of somebody who was merged into them.
    """

    id: UUID
    role: PersonRole
    active: bool
    eck_id: str | None = None
    real_id: str | None = None
    pupil_number: str | None = None
    is_led: bool = False


@dataclass(frozen=True)
class Found:
    """Whom a login is, or why it is nobody."""

    resolution: Resolution
    person: Candidate | None = None


def resolve(login: Login, candidates: Iterable[Candidate]) -> Found:
    """Whom a login is among the people of its school; the order of the candidates is no matter.

    The strongest key that names anybody decides: ECK iD, then RealId, then leerlingnummer. It
    decides only when no other key of the login says otherwise: not by naming somebody else who
    is active, nor by differing from what is known of the one who was found.
    """
    if not login.has_key:
        return Found(Resolution.NO_KEY)
    roles = {_ROLES[found] for found in login.affiliations if found in _ROLES}
    if not roles:
        return Found(Resolution.GUEST)
    candidates = list(candidates)
    named = [_named(login, candidates, key) for key in _KEYS]
    fitting = [[one for one in people if one.role in roles] for people in named]
    if not any(fitting):
        is_other = any(one.active for people in named for one in people)
        return Found(Resolution.AFFILIATION_DIFFERS if is_other else Resolution.NO_MATCH)
    return _decide(login, fitting)


def _decide(login: Login, named: list[list[Candidate]]) -> Found:
    """Decide by the people whom each key names, the strongest key first."""
    strongest = next(people for people in named if people)
    # Who was merged is there by the keys of both.
    active = list({one.id: one for one in strongest if one.active}.values())
    if len(active) > 1:
        return Found(Resolution.AMBIGUOUS)
    decided = {one.id for one in active}
    rivals = [one for people in named for one in people if one.active and one.id not in decided]
    if rivals or any(_contradicts(login, one) for one in active):
        return Found(Resolution.KEYS_DISAGREE)
    if not active:
        return Found(Resolution.ARCHIVED)
    if _is_from_elsewhere(login, active[0]):
        return Found(Resolution.GUEST)
    return Found(Resolution.RESOLVED, active[0])


def _value(key: str, one: Login | Candidate) -> str | None:
    value: str | None = getattr(one, key)
    if key == "pupil_number":
        return bare_number(value)
    return (value.strip().casefold() or None) if value else None


def _named(login: Login, candidates: Iterable[Candidate], key: str) -> list[Candidate]:
    """Who has the login's value of a key; of a leerlingnummer only pupils have one.

    As in an import, a key of who was merged is somebody else's once it was handed on.
    """
    wanted = _value(key, login)
    found = [
        one
        for one in candidates
        if wanted is not None
        and _value(key, one) == wanted
        and (key != "pupil_number" or one.role is PersonRole.PUPIL)
    ]
    is_held = any(one.active and not one.is_led for one in found)
    return [one for one in found if not (is_held and one.is_led)]


def _contradicts(login: Login, person: Candidate) -> bool:
    """Whether a key that decided is denied by a stronger one that both have.

    A weaker key may differ: schools rename users, and a RealId lags behind until an import.
    """
    for key in _KEYS:
        asked, known = _value(key, login), _value(key, person)
        if asked is not None and asked == known:
            return False
        if asked is not None and known is not None:
            return True
    return False


def _is_from_elsewhere(login: Login, person: Candidate) -> bool:
    """Whether the account is another school's: a RealId's realm is the school's own."""
    asked, known = (_realm(one.real_id) for one in (login, person))
    return asked is not None and known is not None and asked != known


def _realm(real_id: str | None) -> str | None:
    _, at, realm = (real_id or "").strip().casefold().rpartition("@")
    return realm if at else None
