"""How people prove who they are: passwords, second factors, a sign-in provider."""

from dataclasses import dataclass

from config.keys import number, text


@dataclass(frozen=True)
class Accounts:
    argon2_memory_mib: int = number(1, 4096)
    argon2_passes: int = number(1, 100)
    argon2_lanes: int = number(1, 16)
    hashes_at_once: int = number(1, 64)
    hashes_waiting: int = number(0, 1000)
    second_factor_roles: str = text(r"[a-z]+(, ?[a-z]+)*", "roles with a comma between")
    oidc_issuer: str = text(
        r"(https://.+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?(/.*)?)?",
        "https://…, or http:// on this machine alone, or nothing",
    )
    oidc_client_id: str = text(r".*", "what the provider calls us, or nothing")
    oidc_secret_file: str = text(r".*", "a path or nothing")
    oidc_name_claim: str = text(r"[A-Za-z0-9_:./-]+", "the name of a claim")
    oidc_group_claim: str = text(r"[A-Za-z0-9_:./-]*", "the name of a claim or nothing")
    oidc_second_factor: str = text(
        r"((amr|acr)=[^\s,]+(, ?(amr|acr)=[^\s,]+)*)?", "amr=VALUE or acr=VALUE with a comma between, or nothing"
    )
    oidc_groups: str = text(
        r"([^\s,=]+=[a-z]+(:[^\s,]+)?(, ?[^\s,=]+=[a-z]+(:[^\s,]+)?)*)?",
        "GROUP=ROLE or GROUP=ROLE:SCOPE with a comma between, or nothing",
    )
