"""`koppeling mails pictures`: docs/mails/, a picture of each mail; needs Chromium."""

import hashlib
import json
import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from console.mistake import MistakeError
from console.output import say
from console.sample_mails import SAMPLE_DAY, Kind, body_of, sample_mail

FOLDER = Path(__file__).parents[1] / "docs" / "mails"
DIGESTS = "digests.json"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_WIDTH, _HEIGHT = 660, 1100
_MARGIN = 24
_SECONDS = 60


def pictures() -> None:
    """Take a picture of each mail anew, for docs/mails.md."""
    browser = next(filter(None, map(which, _BROWSERS)), None)
    if browser is None:
        msg = f"this needs a browser: one of {', '.join(_BROWSERS)}"
        raise MistakeError(msg)
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        for kind in Kind:
            page = Path(folder) / f"{kind}.html"
            page.write_text(picture_html(kind))
            _take(browser, page, FOLDER / f"{kind}.png")
    (FOLDER / DIGESTS).write_text(json.dumps(digests(), indent=1) + "\n")
    say(f"{len(Kind)} pictures are in {FOLDER}")


def picture_html(kind: Kind) -> str:
    """The HTML that the picture of a mail shows."""
    return body_of(sample_mail(kind, SAMPLE_DAY), "html")


def digests() -> dict[str, str]:
    """What tells of each picture whether its mail has changed since (SHA-256 of the HTML)."""
    return {kind: hashlib.sha256(picture_html(kind).encode()).hexdigest() for kind in Kind}


def _take(browser: str, page: Path, picture: Path) -> None:
    size = f"--window-size={_WIDTH},{_HEIGHT}"
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    command = [browser, *quiet, size, f"--screenshot={picture}", page.as_uri()]
    done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
    if done.returncode != 0 or not picture.exists():
        msg = f"the browser took no picture of {page.stem} (exit code {done.returncode})"
        raise MistakeError(msg)
    _shrink(picture)


def _shrink(picture: Path) -> None:
    """Cut off what is below the mail, which is the page's own colour, and keep 64 colours."""
    from PIL import Image, ImageChops  # noqa: PLC0415 - comes with matplotlib, for development

    with Image.open(picture) as taken:
        shown = taken.convert("RGB")
    corner = shown.getpixel((0, shown.height - 1))
    box = ImageChops.difference(shown, Image.new("RGB", shown.size, corner)).getbbox()
    bottom = shown.height if box is None else min(shown.height, box[3] + _MARGIN)
    shown.crop((0, 0, shown.width, bottom)).quantize(64).save(picture, optimize=True)
