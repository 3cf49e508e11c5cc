"""A throw-away OIDC issuer that stands where Numo's own stands; it must never be deployed.

It signs whatever it is asked to, so it listens on this machine only and its key ends with it.
"""

import argparse
from typing import Any
from uuid import UUID

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI
from pydantic import BaseModel, Field

from shared.auth.principal import Role
from shared.clock import now
from shared.ids import new_id

_KEY_BITS = 2048
_LONGEST_SECONDS = 86_400


class Wanted(BaseModel):
    """The claims of a token to make."""

    sub: str = Field(min_length=1, max_length=200)
    school: UUID
    role: Role
    person: UUID | None = None
    seconds: int = Field(3600, ge=1, le=_LONGEST_SECONDS)


class Issuer:
    """A signing key of this process and the tokens it makes."""

    def __init__(self, url: str, audience: str) -> None:
        """Make a new key."""
        self.url = url
        self._audience = audience
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        self._key_id = str(new_id())

    def jwks(self) -> dict[str, Any]:
        """The public key (RFC 7517)."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": "RS256"}]}

    def token(self, wanted: Wanted) -> str:
        """A signed token."""
        moment = int(now().timestamp())
        claims = {
            "iss": self.url,
            "aud": self._audience,
            "iat": moment,
            "exp": moment + wanted.seconds,
            **wanted.model_dump(mode="json", exclude={"seconds"}, exclude_none=True),
        }
        return jwt.encode(claims, self._key, "RS256", headers={"kid": self._key_id})


def create_app(issuer: str, audience: str) -> FastAPI:
    """The issuer as an app: discovery document, keys, and tokens for the asking."""
    app = FastAPI(title="Throw-away identity provider")
    made = Issuer(issuer, audience)

    @app.get("/.well-known/openid-configuration")
    async def discovery() -> dict[str, Any]:
        return {
            "issuer": made.url,
            "jwks_uri": f"{made.url}/jwks",
            "token_endpoint": f"{made.url}/token",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    @app.get("/jwks")
    async def keys() -> dict[str, Any]:
        return made.jwks()

    @app.post("/token")
    async def token(wanted: Wanted) -> dict[str, Any]:
        access_token = made.token(wanted)
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": wanted.seconds}

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        return {"status": "ok"}

    return app


def main() -> None:
    """Serve on 127.0.0.1, nowhere else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--audience", default="numo")
    given = parser.parse_args()
    url = f"http://127.0.0.1:{given.port}"
    app = create_app(issuer=url, audience=given.audience)
    uvicorn.run(app, host="127.0.0.1", port=given.port, log_level="warning")


if __name__ == "__main__":
    main()
