"""What libraries, warnings and a dying process say is one object a line, and names nobody."""

import asyncio
import json
import logging
import sys
import warnings
from logging.config import dictConfig
from typing import Any

import pytest
from arq.logs import default_log_config

from shared.telemetry import configure_logging

_NAME = "Noor van der Plasdijk"


async def _fail() -> None:
    raise ValueError(_NAME)


def _told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    written = capsys.readouterr()
    assert _NAME not in written.err
    assert not written.out
    return [json.loads(line) for line in written.err.splitlines()]


def test_a_library_tells_in_our_lines_what_failed_and_where_and_of_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("demo", "INFO")
    configure_logging("demo", "INFO")
    try:
        asyncio.run(_fail())
    except ValueError as error:
        failed = error
    logging.getLogger("sqlalchemy.pool").error("broke on %s", failed, exc_info=failed)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        configure_logging("demo", "INFO")
        warnings.warn("never awaited", RuntimeWarning, stacklevel=1)
    sys.excepthook(ValueError, failed, failed.__traceback__)
    broke, warned, died = _told(capsys)
    assert broke["event"].startswith("broke on ValueError at test_foreign_lines.py")
    assert (broke["logger"], broke["level"]) == ("sqlalchemy.pool", "error")
    assert broke["error"].startswith("ValueError at ")
    assert "never awaited" in warned["event"]
    assert died["event"] == "process_died"
    assert "in _fail" in died["stack"]
    assert {line["service"] for line in (broke, warned, died)} == {"demo"}


def test_a_task_that_nobody_waited_for_tells_no_text_of_its_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("demo", "INFO")
    loop = asyncio.new_event_loop()
    task = loop.create_task(_fail())
    loop.run_until_complete(asyncio.wait([task]))
    del task
    loop.close()
    (line,) = _told(capsys)
    assert line["event"] == "Task exception was never retrieved"
    assert line["logger"] == "asyncio"
    assert line["error"].startswith("ValueError at ")


def test_what_arq_says_of_every_job_is_not_repeated_and_its_warnings_are_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("demo", "INFO")
    # As arq's command does once it has read a worker's settings.
    dictConfig(default_log_config(verbose=False))
    logger = logging.getLogger("arq.worker")
    logger.info("%6.2fs → %s(%s)", 0.1, "sweep", "")
    logger.warning("job %s expired", "j")
    (line,) = _told(capsys)
    assert (line["event"], line["logger"]) == ("job j expired", "arq.worker")
