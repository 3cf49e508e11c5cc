"""The seven steps for one school, each over real HTTP and nothing else.

The demo prints them, the journey test asserts on them, the journey benchmark times them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from deploy.demo.peers import Peers, PlayFailedError, answer_of
from deploy.local.interruption import raise_if_told
from shared.clock import Schooljaar, now, today
from shared.ids import new_id

_BUSY = {"requested", "fetching", "applying"}
_POLL_SECONDS = 0.1
_LONGEST_SECONDS = 240.0
LICENSE_PRODUCT = "numo-rekenen"
Watch = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Started:
    """A start as it was sent, and its answer."""

    body: dict[str, str]
    headers: dict[str, str]
    answer: dict[str, Any]


def _unwatched(_: dict[str, Any]) -> None:
    """Nobody looks at the progress."""


@dataclass
class Play:
    """One school's way from koppeling to first license used."""

    peers: Peers
    brin: str
    school_name: str
    contact_email: str = field(default="applicatiebeheer@school.example")
    school_id: UUID = field(init=False)

    def create_connectkoppeling(self) -> dict[str, Any]:
        """Step 1, in Somtoday: doelgroep all, every dataveld, valid for a year."""
        wanted = {
            "vestigingen": None,
            "optionele_datavelden": None,
            "begindatum": today().isoformat(),
            "einddatum": (today() + timedelta(days=365)).isoformat(),
            "voorwaarden_geaccepteerd": True,
        }
        path = f"/sandbox/schools/{self.brin}/koppeling"
        return dict(answer_of(self.peers.sandbox.post(path, json=wanted)))

    def activate(self) -> dict[str, Any]:
        """Step 2: Kurve ops activates; ends when the koppeling is active."""
        wanted = {
            "product": "numo",
            "school_name": self.school_name,
            "brin": self.brin,
            "contact_email": self.contact_email,
        }
        koppeling = answer_of(self.peers.connector.post("/v1/koppelingen", json=wanted))
        self.school_id = UUID(koppeling["school_id"])
        path = f"/v1/koppelingen/{koppeling['id']}"

        def active() -> dict[str, Any] | None:
            found = answer_of(self.peers.connector.get(path))
            return dict(found) if found["state"] == "active" else None

        return until(active, "the koppeling to become active")

    def confirmation_mail(self) -> dict[str, Any]:
        """The mail of step 2, as the school's inbox has it."""
        return self.mail()

    def mail(self, about: str = "") -> dict[str, Any]:
        """The first mail to the school with these words in its subject."""

        def arrived() -> dict[str, Any] | None:
            mails = answer_of(self.peers.inbox.get("/messages"))
            mine = [mail for mail in mails if self.contact_email in mail["to"]]
            return next((dict(mail) for mail in mine if about in mail["subject"]), None)

        return until(arrived, f"a mail about {about or 'anything'}")

    def fetch(self, watch: Watch = _unwatched) -> dict[str, Any]:
        """Step 3: SOMTODAY IMPORT; ends when the whole roster has been read."""
        administrator = self.peers.administrator(self.school_id)
        run = answer_of(administrator.post("/v1/imports", json={"source": "somtoday"}))

        def read() -> dict[str, Any] | None:
            found = answer_of(administrator.get(f"/v1/imports/{run['id']}"))
            watch(found)
            reading = found["state"] == "requested" or found["progress"]["phase"] == "fetch"
            return None if reading else dict(found)

        return until(read, f"the fetch of import {run['id']}")

    def compared(self, run: dict[str, Any], watch: Watch = _unwatched) -> dict[str, Any]:
        """Step 4: ends with a plan."""
        return self.settled(run, "planned", watch)

    def import_plan(self, watch: Watch = _unwatched) -> dict[str, Any]:
        """Steps 3 and 4 at once."""
        return self.compared(self.fetch(watch), watch)

    def upload(self, content: bytes, watch: Watch = _unwatched) -> dict[str, Any]:
        """Steps 3 and 4 with KIES CSV BESTAND."""
        administrator = self.peers.administrator(self.school_id)
        sent = {"file": ("leerlingen.csv", content, "text/csv")}
        run = answer_of(administrator.post("/v1/imports/csv", files=sent))
        return self.settled(run, "planned", watch)

    def changes(self, run: dict[str, Any]) -> list[dict[str, Any]]:
        """Step 5: every row of the controlescherm, page by page."""
        return self._every_page(f"/v1/imports/{run['id']}/changes", {})

    def choose(self, run: dict[str, Any], **rows: bool) -> dict[str, Any]:
        """Step 5: toevoegen, bijwerken and archiveren as a whole, and some rows otherwise."""
        administrator = self.peers.administrator(self.school_id)
        choice = {"add": True, "update": True, "archive": True, "rows": rows}
        return dict(answer_of(administrator.put(f"/v1/imports/{run['id']}/choice", json=choice)))

    def apply(self, run: dict[str, Any], watch: Watch = _unwatched) -> dict[str, Any]:
        """Step 6: VERDER; ends when everything chosen is in the roster."""
        administrator = self.peers.administrator(self.school_id)
        path = f"/v1/imports/{run['id']}"
        order = {"digest": run["digest"]}
        seen = {"If-Match": administrator.get(path).headers["ETag"]}
        begun = answer_of(administrator.post(f"{path}/apply", json=order, headers=seen))
        return self.settled(begun, "applied", watch)

    def settled(self, run: dict[str, Any], state: str, watch: Watch = _unwatched) -> dict[str, Any]:
        """Follow an import until it rests; PlayFailedError when it rests in another state."""
        administrator = self.peers.administrator(self.school_id)

        def rests() -> dict[str, Any] | None:
            found = answer_of(administrator.get(f"/v1/imports/{run['id']}"))
            watch(found)
            return None if found["state"] in _BUSY else dict(found)

        found = until(rests, f"import {run['id']}")
        if found["state"] != state:
            msg = f"import {run['id']} ended {found['state']}: {found['problem']}"
            raise PlayFailedError(msg)
        return found

    def people(self, role: str, state: str = "active") -> list[dict[str, Any]]:
        """Numo's roster after an import."""
        return self._every_page("/v1/people", {"role": role, "state": state})

    def _every_page(self, path: str, wanted: dict[str, str]) -> list[dict[str, Any]]:
        administrator = self.peers.administrator(self.school_id)
        found: list[dict[str, Any]] = []
        asked = {**wanted, "limit": "500"}
        while True:
            page = answer_of(administrator.get(path, params=asked))
            found += page["items"]
            if page["next"] is None:
                return found
            asked["cursor"] = page["next"]

    def grant_licenses(self, amount: int) -> None:
        """Kurve ops gives the school licenses for this schooljaar."""
        ops = self.peers.licensing_ops
        product = {"name": "Numo rekenen", "product": "numo", "leergebied": "rekenen"}
        answer_of(ops.put(f"/v1/license-products/{LICENSE_PRODUCT}", json=product))
        grant = {
            "school_id": str(self.school_id),
            "license_product": LICENSE_PRODUCT,
            "schooljaar": str(Schooljaar.of(now())),
            "amount": amount,
            "reason": "bestelling",
        }
        answer_of(ops.post("/v1/license-grants", json=grant, headers=_fresh_key()))

    def start(self, person_id: str, activity_kind: str) -> Started:
        """Step 7: a pupil starts a sprongtoets or an oefening."""
        body = {
            "person_id": person_id,
            "license_product": LICENSE_PRODUCT,
            "activity_kind": activity_kind,
            "activity_id": "breuken-1",
            "started_at": now().isoformat(),
        }
        return self.send_start(body, _fresh_key())

    def send_start(self, body: dict[str, str], headers: dict[str, str]) -> Started:
        """Send a start, for the first time or again."""
        pupil = self.peers.pupil(self.school_id, UUID(body["person_id"]))
        answer = answer_of(pupil.post("/v1/license-uses", json=body, headers=headers))
        return Started(body, headers, dict(answer))

    def license_pool(self) -> dict[str, Any]:
        """What the school has and has used this schooljaar."""
        asked = {"school_id": str(self.school_id), "schooljaar": str(Schooljaar.of(now()))}
        found = answer_of(self.peers.licensing_ops.get("/v1/license-pools", params=asked))
        return dict(found["items"][0])

    def next_week(self) -> dict[str, Any]:
        """Somtoday's school moves on a week; returns exactly what changed."""
        return dict(answer_of(self.peers.sandbox.post(f"/sandbox/schools/{self.brin}/next-week")))

    def export(self) -> bytes:
        """The school's own CSV export of this moment."""
        answer = self.peers.sandbox.get(f"/sandbox/schools/{self.brin}/export.csv")
        if not answer.is_success:
            answer_of(answer)
        return answer.content


def _fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": str(new_id())}


def until(found: Callable[[], dict[str, Any] | None], what: str) -> dict[str, Any]:
    """Look again until something is found; PlayFailedError, which says what, when it never is."""
    deadline = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < deadline:
        raise_if_told()
        result = found()
        if result is not None:
            return result
        time.sleep(_POLL_SECONDS)
    msg = f"waited {_LONGEST_SECONDS:.0f} s for {what}"
    raise PlayFailedError(msg)
