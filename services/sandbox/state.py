"""Everything the sandbox remembers; one object, held by the app."""

import gc
import time
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from random import Random

from services.sandbox.calls import Calls
from services.sandbox.connect.answers import Answers
from services.sandbox.connect.view import View, ViewKey
from services.sandbox.faults import FaultRules
from services.sandbox.generate.model import School
from services.sandbox.generate.school import SchoolPlan, generate_school
from services.sandbox.koppeling import Koppeling
from services.sandbox.settings import Settings
from services.sandbox.shelf import Shelf

# As many as are read at once on a busy night, with room to spare; a view holds on to its school.
OPEN_SCHOOLS = 32
# Schools are many objects that come and go without a cycle: at Python's own numbers the collector
# walks them over and over, and half of the time of rendering one is its own.
COLLECTS = (10_000, 20, 20)
OPEN_VIEWS = 64


@dataclass(frozen=True, slots=True)
class Token:
    """Whose token it is, and until when on the monotonic clock."""

    brin: str
    expires_at: float


@dataclass
class Sandbox:
    """All schools, koppelingen, tokens, faults and the clock."""

    settings: Settings
    plans: dict[str, SchoolPlan] = field(default_factory=dict)
    koppelingen: dict[str, Koppeling] = field(default_factory=dict)
    faults: FaultRules = field(default_factory=FaultRules)
    calls: Calls = field(default_factory=Calls)

    def __post_init__(self) -> None:
        gc.set_threshold(*COLLECTS)
        self.reset()

    def reset(self) -> None:
        """Go back to the start: the three schools as generated, no koppeling, no faults."""
        settings = self.settings
        self._today = settings.today
        self._schools: Shelf[str, School] = Shelf(OPEN_SCHOOLS, lambda school: school.version)
        self._tokens: dict[str, Token] = {}
        self._views = lru_cache(OPEN_VIEWS)(self._new_view)
        self.answers = Answers()
        self._rng = Random(f"{settings.seed}/tokens")
        self.koppelingen.clear()
        self.faults.replace([])
        self.calls.times.clear()
        self.plans.clear()
        for naam, brin, pupils in (
            ("De Kleine Kade", "99ZX", settings.small_pupils),
            ("Waterkant College", "99ZY", settings.medium_pupils),
            ("Stichting Rivierenland", "99ZW", settings.large_pupils),
        ):
            self.plans[brin] = SchoolPlan(naam, brin, pupils, settings.seed)

    @property
    def today(self) -> date:
        """Give the day it is here."""
        return self._today or date.today()  # noqa: DTZ011

    def set_today(self, day: date | None) -> None:
        """Stop the clock at a day, or let it run again."""
        self._today = day

    def school(self, brin: str) -> School:
        """Give a school, generated at its first use."""
        school = self._schools.get(brin)
        if school is None:
            school = generate_school(self.plans[brin], self.today)
            self._schools.put(brin, school)
            # It stays: a garbage collection that walks it every time makes calls wait, and whoever
            # counts them as they arrive sees more of them in one second than were made.
            gc.freeze()
        return school

    def brin_of(self, organisation: str) -> str | None:
        """Find the BRIN of an organisation's UUID."""
        wanted = organisation.lower()
        return next((brin for brin, plan in self.plans.items() if plan.uuid == wanted), None)

    def issue_token(self, brin: str) -> str:
        """Make a token for one organisation."""
        token = f"sandbox-{self._rng.getrandbits(256):064x}"
        self._tokens[token] = Token(brin, time.monotonic() + self.settings.token_seconds)
        return token

    def token_brin(self, token: str) -> str | None:
        """Tell for which organisation a token is good now, if for any."""
        known = self._tokens.get(token)
        return known.brin if known and time.monotonic() < known.expires_at else None

    def expire_token(self, token: str) -> None:
        """Make a token invalid at once."""
        self._tokens.pop(token, None)

    def active_koppeling(self, brin: str) -> Koppeling | None:
        """Give the koppeling of a school if it is active today."""
        koppeling = self.koppelingen.get(brin)
        return koppeling if koppeling and koppeling.is_active(self.today) else None

    def view(self, brin: str, koppeling: Koppeling, vestiging: str, peil: str | None) -> View:
        """Give what a koppeling shows of a vestiging; kept until something changes."""
        version = self._schools.edition(brin)
        if version is None:
            version = self.school(brin).version
        return self._views(ViewKey(brin, version, koppeling, vestiging, peil, self.today))

    def _new_view(self, key: ViewKey) -> View:
        return View(lambda: self.school(key.brin), key)
