"""A brake that sleeps when a plan is made, and wakes by what a night chooses of it."""

from tests.importer.nights import Nights
from tests.importer.rosters import RosterRecord, pupil

NORTH, SOUTH = "99ZY01", "99ZY02"


def at_site(number: int, site: str) -> RosterRecord:
    found = pupil(str(number), f"P{number}", "Boer")
    return found.model_copy(update={"fields": {**found.fields, "vestiging_code": site}})


async def test_a_night_whose_choice_empties_a_vestiging_is_held_and_told(nights: Nights) -> None:
    """Four were absent twice, and who is left there the source has at another vestiging."""
    stay = [at_site(number, NORTH) for number in range(1, 15)]
    small, kept = [at_site(number, SOUTH) for number in range(20, 24)], at_site(30, NORTH)
    await nights.pass_by([*stay, *small, kept], archives=True)
    person = (await nights.desk.people())["P30"]["id"]
    moved = await nights.desk.client.patch(f"/v1/people/{person}", json={"vestiging_code": SOUTH})
    assert moved.is_success, moved.text
    night, _ = await nights.pass_by([*stay, kept])
    assert night["outcome"] == "applied", "who was absent once is archived by nobody"
    night, run = await nights.pass_by([*stay, kept])
    told = "Vestiging 99ZY02 komt in de bron niet meer voor"
    assert (night["outcome"], run["state"], told in night["note"]) == ("held", "planned", True)
    assert [told in mail["why"][0] for mail in await nights.mails()] == [True]
    assert {one["state"] for one in (await nights.desk.people()).values()} == {"active"}
