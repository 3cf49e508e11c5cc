import json
import re

import pytest

from console.mail_pictures import DIGESTS, FOLDER, digests, picture_html
from console.sample_mails import SAMPLE_DAY, Kind, body_of, sample_mail

_MOST_BYTES = 60_000
_READABLE = 4.5
_COLOURS = re.compile(r"color: (#[0-9a-f]{6}); background: (#[0-9a-f]{6})")


def test_no_mail_changed_since_its_picture_was_taken() -> None:
    assert json.loads((FOLDER / DIGESTS).read_text()) == digests(), "koppeling mails pictures"
    assert {path.stem for path in FOLDER.glob("*.png")} == set(Kind)
    assert all(path.stat().st_size <= _MOST_BYTES for path in FOLDER.glob("*.png"))


@pytest.mark.parametrize("kind", Kind)
def test_every_mail_has_a_sample_in_both_forms(kind: Kind) -> None:
    mail = sample_mail(kind, SAMPLE_DAY)
    plain, page = body_of(mail, "plain"), body_of(mail, "html")
    assert "Waterkant College" in plain
    assert mail["Subject"] in page
    assert page.startswith("<!DOCTYPE html>")
    assert page.rstrip().endswith("</html>")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("kind", Kind)
def test_every_text_stands_out_from_what_is_behind_it(kind: Kind) -> None:
    pairs = _COLOURS.findall(picture_html(kind))
    assert len(pairs) == 3
    for pair in pairs:
        dark, light = sorted(luminance(colour) for colour in pair)
        assert (light + 0.05) / (dark + 0.05) >= _READABLE
