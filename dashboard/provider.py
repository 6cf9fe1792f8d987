"""The organisation's own sign-in (OpenID Connect): the way there, the way back, and what the provider says of a person."""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Engine, delete, insert

from config import Accounts, secret_in
from dashboard.access import hashed
from models.account import ProviderVisit
from models.base import MINUTE, SECOND, Instant
from models.database import transaction

log = logging.getLogger(__name__)

VISIT_FOR: Instant = 10 * MINUTE
PATIENCE_S = 5.0
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384"]
"""Signed with the provider's own key: never `none`, never a secret that both know."""
LEEWAY_S = 60


class ProviderRefused(Exception):
    """`away`: it does not answer; `failed`: what came back cannot be believed. The log says more."""


@dataclass(frozen=True, slots=True)
class Person:
    """As the provider knows her: `subject` is hers for ever, `claims` may change."""

    subject: str
    claims: Mapping[str, Any]
    said: frozenset[str] = frozenset()
    """How she signed in there, as `amr=VALUE` and `acr=VALUE`; by the signed token alone."""


def way_there(engine: Engine, cfg: Accounts, back: str, now: Instant) -> tuple[str, str]:
    """(address at the provider, state for this browser to keep). Raises ProviderRefused `away`."""
    described = _described(cfg)
    state, nonce, verifier = generate_token(43), generate_token(43), generate_token(64)
    with _client(cfg, back) as client:
        address, _ = client.create_authorization_url(
            described["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
        )
    row = {"state_hash": hashed(state), "nonce": nonce, "verifier": verifier, "expires_at": now + VISIT_FOR}
    with transaction(engine) as connection:
        connection.execute(insert(ProviderVisit).values(**row))
    return str(address), state


def way_back(engine: Engine, cfg: Accounts, back: str, said: Mapping[str, str], state: str, now: Instant) -> Person:
    """Who came back, with the state that her browser kept. Raises ProviderRefused."""
    if not state or said.get("state") != state or "code" not in said:
        log.warning("nobody came back from the provider", extra={"why": said.get("error", "no state, or no code")[:80]})
        raise ProviderRefused("failed")
    with transaction(engine) as connection:
        gone = delete(ProviderVisit).where(ProviderVisit.state_hash == hashed(state), ProviderVisit.expires_at > now)
        visit = connection.execute(gone.returning(ProviderVisit.nonce, ProviderVisit.verifier)).first()
    if visit is None:
        raise ProviderRefused("failed")  # used already, or long ago
    described = _described(cfg)
    try:
        with _client(cfg, back) as client:
            token = client.fetch_token(described["token_endpoint"], code=said["code"], code_verifier=visit.verifier)
            claims = believed(cfg, token["id_token"], _keys(described), visit.nonce, now)
            told = claims | _more(client, described, claims["sub"])
            return Person(f"{cfg.oidc_issuer}|{claims['sub']}", told, _how(claims))
    except (AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as error:
        log.warning("what the provider said cannot be believed", extra={"why": type(error).__name__})
        raise ProviderRefused("failed") from error
    except httpx2.HTTPError as error:
        log.warning("the provider does not answer", extra={"why": type(error).__name__})
        raise ProviderRefused("away") from error


def believed(cfg: Accounts, token: str, keys: KeySet, nonce: str, now: Instant) -> dict[str, Any]:
    """The claims of an identity token that this provider signed, for us, for this visit, just now."""
    claims = dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
    rules = jwt.JWTClaimsRegistry(
        now=now // SECOND,
        leeway=LEEWAY_S,
        iss={"essential": True, "value": cfg.oidc_issuer},
        aud={"essential": True, "value": cfg.oidc_client_id},
        exp={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    rules.validate(claims)
    return claims


def _how(claims: Mapping[str, Any]) -> frozenset[str]:
    ways = claims.get("amr")
    ways = ways if isinstance(ways, list) else []
    return frozenset((*(f"amr={one}" for one in ways), f"acr={claims.get('acr', '')}"))


def _more(client: Any, described: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """What the token left out; only of the same person."""
    if "userinfo_endpoint" not in described:
        return {}
    said = client.get(described["userinfo_endpoint"]).raise_for_status().json()
    return dict(said) if said.get("sub") == subject else {}


def _client(cfg: Accounts, back: str) -> Any:
    with warnings.catch_warnings():
        # Authlib wishes for another client library when it is loaded; ours is pinned, and an operator can do nothing.
        warnings.simplefilter("ignore")
        from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]
    secret = secret_in(cfg.oidc_secret_file) if cfg.oidc_secret_file else None
    return OAuth2Client(
        cfg.oidc_client_id,
        secret,
        scope="openid profile email",
        redirect_uri=back,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        timeout=PATIENCE_S,
    )


def _described(cfg: Accounts) -> dict[str, Any]:
    """The provider's own description; asked each time, because people sign in seldom and providers move."""
    said = _asked(f"{cfg.oidc_issuer.rstrip('/')}/.well-known/openid-configuration")
    if said.get("issuer") != cfg.oidc_issuer:
        log.warning("the provider calls itself otherwise", extra={"issuer": str(said.get("issuer"))[:120]})
        raise ProviderRefused("away")
    return said


def _keys(described: Mapping[str, Any]) -> KeySet:
    return KeySet.import_key_set(_asked(described["jwks_uri"]))  # type: ignore[arg-type]


def _asked(address: str) -> dict[str, Any]:
    try:
        return dict(httpx2.get(address, timeout=PATIENCE_S).raise_for_status().json())
    except (httpx2.HTTPError, ValueError, TypeError) as error:
        log.warning("the provider does not answer", extra={"address": address[:120], "why": type(error).__name__})
        raise ProviderRefused("away") from error
