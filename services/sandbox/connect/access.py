"""Who may call what: token, koppeling, vestiging, school year."""

from typing import cast

from fastapi import Request

from services.sandbox.connect.errors import ConnectError
from services.sandbox.connect.view import View
from services.sandbox.schooljaar import peil_period
from services.sandbox.state import Sandbox


def sandbox_of(request: Request) -> Sandbox:
    """Give the app's state."""
    return cast("Sandbox", request.app.state.sandbox)


def token_brin(request: Request) -> str:
    """Give the BRIN of the organisation that the request's token is for.

    Raises:
        ConnectError: 401 without a valid token.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    brin = sandbox_of(request).token_brin(token.strip()) if scheme.lower() == "bearer" else None
    if brin is None:
        raise ConnectError(401)
    return brin


def open_view(request: Request, vestiging: str, peil: str | None) -> View:
    """Give what the caller may see of a vestiging in a school year.

    Raises:
        ConnectError: 401 without token, without an active koppeling that covers the
            vestiging, or when it ends before the school year begins.
    """
    sandbox = sandbox_of(request)
    brin = token_brin(request)
    koppeling = sandbox.active_koppeling(brin)
    wanted = vestiging.lower()
    if koppeling is None or wanted not in koppeling.doelgroep.vestigingen:
        raise ConnectError(401)
    if peil and koppeling.ends_before(peil_period(peil, sandbox.today).start):
        raise ConnectError(401)
    return sandbox.view(brin, koppeling, wanted, peil)
