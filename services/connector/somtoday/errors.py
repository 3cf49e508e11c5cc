"""What can go wrong with Somtoday; messages hold no token, secret or personal data."""

from services.connector.domain.verdict import Problem


class SomtodayError(Exception):
    """Somtoday did not give what was asked."""

    problem = Problem.SOURCE_UNAVAILABLE


class SourceUnavailableError(SomtodayError):
    """Somtoday does not answer as it should, however often it is asked."""


class TooBusyError(SourceUnavailableError):
    """So many calls of our own wait for their turn that one more would wait too long."""


class LeftAloneError(SourceUnavailableError):
    """A circuit is open: Somtoday is not asked for a while."""


class TokenNotGivenError(SomtodayError):
    """Somtoday refuses a token for this client and organisation."""

    problem = Problem.TOKEN_REFUSED


class AccessRefusedError(SomtodayError):
    """Somtoday answers 401 to a fresh token: no koppeling, or not for this vestiging."""

    problem = Problem.NOT_OPENED


class StructureNotPermittedError(SomtodayError):
    """A vestiging does not permit, or does not say it permits, its pupils' groups to be read."""

    problem = Problem.DATAVELD_NOT_PERMITTED
