"""Changed by hand in Numo: kept through every import, shown, and overwritten only when chosen."""

import asyncio
from uuid import UUID

import pytest

from shared.errors.codes import ErrorCode
from shared.ids import new_id
from tests.fixtures.callers import Issuer
from tests.fixtures.http import http_client
from tests.importer.conftest import Served
from tests.importer.desk import Desk, Json, assert_refused
from tests.importer.rosters import ANNA, BRAM, RosterRecord, first_week, pupil

ANNA_ANEW = ANNA.model_copy(
    update={"fields": {**ANNA.fields, "email": "anna@new.example", "family_name": "Aalbers-Kok"}}
)


def path_of(person: Json) -> str:
    return f"/v1/people/{person['id']}"


async def by_hand(desk: Desk, name: str, **fields: object) -> Json:
    person = (await desk.people())[name]
    answer = await desk.client.patch(path_of(person), json=fields)
    assert answer.status_code == 200, answer.text
    return person


async def test_an_import_leaves_what_was_changed_by_hand_and_shows_it(desk: Desk) -> None:
    await desk.bring(first_week())
    anna = await by_hand(desk, "Anna", family_name="van Aalbers")
    records: list[RosterRecord] = [ANNA_ANEW if one == ANNA else one for one in first_week()]
    planned = await desk.plan(records)
    (row,) = await desk.changes(planned["id"], held="true")
    assert {one["field"]: (one["held"], one["kept"]) for one in row["fields"]} == {
        "family_name": (True, True),
        "email": (False, False),
    }
    assert await desk.changes(planned["id"], kind="person", held="false") == []
    await desk.apply(planned)
    now = (await desk.people())["Anna"]
    assert (now["family_name"], now["email"]) == ("van Aalbers", "anna@new.example")
    told = (await desk.client.get(f"{path_of(anna)}/timeline")).json()["entries"]
    done = {one["import_id"]: [each["field"] for each in one["fields"]] for one in told}
    assert done[planned["id"]] == ["email"], "the name stayed"

    again = await desk.plan(records)
    (row,) = await desk.changes(again["id"])
    assert row["chosen"] is False, "only what is held differs"
    assert (await desk.choose(again["id"], update=True)).json()["chosen"]["pupils"]["update"] == 0
    refused = await desk.choose(again["id"], rows={row["id"]: True})
    assert_refused(refused, ErrorCode.INVALID_REQUEST)
    refused = await desk.choose(again["id"], overwrite={row["id"]: ["email"]})
    assert_refused(refused, ErrorCode.INVALID_REQUEST)
    for fields, chosen in ((["family_name"], 1), ([], 0)):
        taken = await desk.choose(again["id"], overwrite={row["id"]: fields})
        assert taken.json()["chosen"]["pupils"]["update"] == chosen
    assert (await desk.changes(again["id"]))[0]["chosen"] is False
    await desk.choose(again["id"], overwrite={row["id"]: ["family_name"]})
    await desk.apply(again)
    shown = (await desk.client.get(f"{path_of(anna)}/hand-changes")).json()
    assert (shown["fields"]["family_name"], shown["held"]) == ("Aalbers-Kok", [])
    by = [shown["history"][0][name] for name in ("before", "after", "changed_by")]
    assert by == ["Aalbers", "van Aalbers", "user:test-subject"]


async def test_much_of_a_hand_that_is_chosen_to_be_overwritten_holds_the_plan_after_all(
    desk: Desk,
) -> None:
    await desk.bring([pupil(str(at), f"P{at}", "Boer") for at in range(12)])
    for at in range(10):
        await by_hand(desk, f"P{at}", family_name="Met de Hand")
    planned = await desk.plan([pupil(str(at), f"P{at}", "Anders") for at in range(12)])
    assert (planned["brakes"], await desk.brakes(planned)) == ([], {})
    rows = await desk.changes(planned["id"], held="true")
    by_source = {row["id"]: ["family_name"] for row in rows[:7]}
    await desk.choose(planned["id"], overwrite=by_source)
    assert await desk.brakes(planned) == {}, "nine of twelve, with the two that nobody changed"
    await desk.choose(planned["id"], overwrite={rows[7]["id"]: ["family_name"]})
    names = ("many_updated:school:family_name", "many_updated:role:pupil:family_name")
    keys = {f"{name}=10" for name in names}
    assert {key: one["chosen"] for key, one in (await desk.brakes(planned)).items()} == (
        dict.fromkeys(keys, 10)
    )
    told = assert_refused(await desk.verder(planned), ErrorCode.BRAKE_NOT_CONFIRMED)
    assert told["brakes"][0]["detail"].startswith("Bij 10 van de 12 personen")
    await desk.confirm(planned, *keys)
    # Who let ten pass did not let eleven pass; fewer they did.
    await desk.choose(planned["id"], overwrite={rows[8]["id"]: ["family_name"]})
    more = await desk.brakes(planned)
    assert {key: one["holds"] for key, one in more.items()} == {
        f"{name}=11": True for name in names
    }
    assert len(await desk.changes(planned["id"], brake=f"{names[0]}=11")) == 11
    await desk.confirm(planned, *more)
    await desk.choose(planned["id"], overwrite={rows[8]["id"]: []})
    assert (await desk.apply(planned))["state"] == "applied"
    stored = [one["family_name"] for one in (await desk.people()).values()]
    assert (stored.count("Anders"), stored.count("Met de Hand")) == (10, 2)


async def test_what_is_given_back_follows_the_source_again(desk: Desk) -> None:
    await desk.bring([ANNA])
    await by_hand(desk, "Anna", email=None, leerjaar="4")
    anna = await by_hand(desk, "Anna", release=["email"])
    shown = (await desk.client.get(f"{path_of(anna)}/hand-changes")).json()
    assert shown["held"] == ["leerjaar"]
    await desk.bring([ANNA])
    now = (await desk.people())["Anna"]
    assert (now["email"], now["leerjaar"]) == (ANNA.fields["email"], "4")
    looks = (await desk.client.get(f"{path_of(anna)}/audit")).json()["items"]
    told = [(one["action"], one["facts"]) for one in looks if one["what"] == "hand_changes"]
    assert told == [
        *(("look", {}), ("change", {"fields": "email"})),
        ("change", {"fields": "email,leerjaar"}),
    ]


async def test_person_changed_by_hand_in_numo_between_plan_and_apply(desk: Desk) -> None:
    await desk.bring([ANNA])
    planned = await desk.plan([ANNA_ANEW])
    await by_hand(desk, "Anna", family_name="Met de Hand")
    assert_refused(await desk.verder(planned), ErrorCode.ROSTER_CHANGED)
    anew = await desk.rested(planned["id"])
    assert anew["replanned"]["changed"] == 1
    assert (await desk.apply(anew))["state"] == "applied"
    assert (await desk.people())["Anna"]["family_name"] == "Met de Hand"


async def test_two_who_change_one_person_do_not_overwrite_each_other(desk: Desk) -> None:
    await desk.bring([ANNA])
    anna = (await desk.people())["Anna"]
    seen = (await desk.client.get(f"{path_of(anna)}/hand-changes")).headers["ETag"]

    async def change(name: str) -> int:
        headers = {"If-Match": seen}
        body = {"family_name": name}
        return (await desk.client.patch(path_of(anna), json=body, headers=headers)).status_code

    assert sorted(await asyncio.gather(change("Een"), change("Twee"))) == [200, 412]
    refused = await desk.client.patch(
        path_of(anna), json={"prefix": "van"}, headers={"If-Match": seen}
    )
    assert_refused(refused, ErrorCode.PERSON_CHANGED)
    fresh = (await desk.client.get(f"{path_of(anna)}/hand-changes")).headers["ETag"]
    assert (await desk.client.get(path_of(anna))).headers["ETag"] == fresh
    done = await desk.client.patch(
        path_of(anna), json={"prefix": "van"}, headers={"If-Match": fresh}
    )
    assert done.status_code == 200
    assert done.headers["ETag"] not in {seen, fresh}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"pupil_number": "9"}, "pupil_number"),
        ({"eck_id": "x"}, "eck_id"),
        ({"given_name": ""}, "given_name"),
        ({"family_name": None}, "family_name"),
        ({"email": "geen adres"}, "email"),
        ({"vestiging_code": "Noord"}, "vestiging_code"),
        ({"given_name": "A\u0000"}, "given_name"),
        ({"release": ["pupil_number"]}, "release.0"),
    ],
)
async def test_what_tells_who_somebody_is_or_is_nonsense_cannot_be_changed_by_hand(
    desk: Desk, body: dict[str, object], field: str
) -> None:
    answer = await desk.client.patch(f"/v1/people/{new_id()}", json=body)
    told = assert_refused(answer, ErrorCode.INVALID_REQUEST)
    assert [one["field"] for one in told["errors"]] == [field]


async def test_a_docent_changes_the_pupils_of_the_own_groups_only(
    desk: Desk, served: Served, issuer: Issuer
) -> None:
    await desk.bring(first_week())
    people = await desk.people()
    me = UUID(people["Eefje"]["id"])
    headers = await issuer.headers(school=desk.school_id, role="docent", person=me)
    async with http_client(served.url, headers) as client:
        own = await client.patch(path_of(people["Anna"]), json={"given_name": "An"})
        assert own.status_code == 200, own.text
        for other in ("Bram", "Eefje"):
            refused = await client.patch(path_of(people[other]), json={"given_name": "X"})
            assert_refused(refused, ErrorCode.NOT_FOUND)
    stranger = await issuer.headers(school=desk.school_id, role="docent")
    async with http_client(served.url, stranger) as client:
        refused = await client.patch(path_of(people["Anna"]), json={"given_name": "X"})
        assert_refused(refused, ErrorCode.NOT_FOUND)


async def test_nobody_changes_a_person_of_another_school_or_an_archived_one(
    desk: Desk, served: Served, issuer: Issuer
) -> None:
    await desk.bring([ANNA, BRAM])
    people = await desk.people()
    headers = await issuer.headers(school=new_id())
    async with http_client(served.url, headers) as client:
        refused = await client.patch(path_of(people["Anna"]), json={"given_name": "X"})
        assert_refused(refused, ErrorCode.NOT_FOUND)
    leerling = await issuer.headers(school=desk.school_id, role="leerling", person=new_id())
    async with http_client(served.url, leerling) as client:
        refused = await client.patch(path_of(people["Anna"]), json={"given_name": "X"})
        assert_refused(refused, ErrorCode.NOT_ALLOWED)
    await desk.bring([ANNA])
    refused = await desk.client.patch(path_of(people["Bram"]), json={"given_name": "X"})
    assert_refused(refused, ErrorCode.NOT_FOUND)
