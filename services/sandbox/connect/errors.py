"""How the Connect API says no."""

import json

from fastapi import Request, Response


class ConnectError(Exception):
    """An answer other than 200; only a 400 has a body."""

    def __init__(self, status: int, problem: str = "") -> None:
        super().__init__(problem)
        self.status = status
        self.problem = problem


def answer_error(_: Request, error: Exception) -> Response:
    """Turn a ConnectError into its documented answer."""
    if not isinstance(error, ConnectError):
        raise error
    if error.status == 401:  # noqa: PLR2004
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    if not error.problem:
        return Response(status_code=error.status)
    body = {"errors": [{"code": error.status, "problem": error.problem}]}
    return Response(json.dumps(body), error.status, media_type="application/json")
