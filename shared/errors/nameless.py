"""What failed and where, without the text of the error.

What Postgres says of a row that it refuses may hold a pupil's number, and uvicorn and arq write
the text of an exception that reaches them to their logs.
"""

import traceback
from pathlib import Path

_OURS = ("/services/", "/shared/")


class NamelessError(Exception):
    """Stands for an error that may name a person: its class, and the last line of ours."""

    def __init__(self, error: BaseException) -> None:
        """Take the error; raise this one `from None`."""
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if any(folder in frame.filename for folder in _OURS)
        ]
        where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        super().__init__(f"{type(error).__name__}{where}")
