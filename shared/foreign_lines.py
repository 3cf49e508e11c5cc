"""The lines that libraries write (uvicorn, arq, asyncio, drivers), as lines of ours.

Their own handlers write plain text, and the text of an error with it.
"""

import logging
import sys
import traceback
from types import TracebackType

import structlog

from shared.errors.nameless import NamelessError

# These write whole URLs, and a query string may name a pupil.
_SILENT = ("uvicorn.access", "httpx", "httpcore")
# Each has a handler of its own below the root.
_REDIRECTED = ("uvicorn", "uvicorn.error")
_ARQ = ("arq.worker", "arq.connections", "arq.jobs")


def adopt_foreign_lines() -> None:
    """Write every line of a library, every warning and a process's last words as one of ours.

    May be called again. What libraries say below a warning is not asked for, except uvicorn's.
    """
    for name in _SILENT:
        _logger(name).disabled = True
    for name in _REDIRECTED:
        _logger(name).handlers.clear()
        _logger(name).propagate = True
    # arq's command gives its loggers plain handlers after it has read the settings of a worker,
    # and with them everything else about these loggers but their filters.
    for name in _ARQ:
        _logger(name).addFilter(_tell)
    _logger(None).addHandler(_HANDLER)
    logging.captureWarnings(capture=True)
    sys.excepthook = _last_words


def _logger(name: str | None) -> logging.Logger:
    return logging.getLogger(name)  # noqa: TID251 - the one place that may


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _tell(record)


_HANDLER = _Handler()


def _tell(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    # Where a job or request failed, its line was written, with its request id.
    if not isinstance(error, NamelessError):
        facts = _facts_of(error) if error is not None else {}
        level = _level_of(record)
        structlog.get_logger().log(level, _text_of(record), logger=record.name, **facts)
    return False


def _level_of(record: logging.LogRecord) -> int:
    # A job that ran has a line of ours, and of the sweeps of every few seconds nobody asked.
    if record.name in _ARQ and record.levelno < logging.WARNING:
        return logging.DEBUG
    return record.levelno // 10 * 10


def _text_of(record: logging.LogRecord) -> str:
    if isinstance(record.args, tuple):
        record.args = tuple(_nameless(part) for part in record.args)
    text = record.getMessage().strip()
    # Below it, asyncio shows the task that failed and with it the text of its error.
    return text.partition("\n")[0] if record.name == "asyncio" else text


def _nameless(part: object) -> object:
    return NamelessError(part) if isinstance(part, BaseException) else part


def _facts_of(error: BaseException) -> dict[str, str]:
    return {
        "error": str(NamelessError(error)),
        "stack": "".join(traceback.format_tb(error.__traceback__)),
    }


def _last_words(
    kind: type[BaseException], error: BaseException, stack: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, stack)
        return
    structlog.get_logger().critical("process_died", **_facts_of(error))
