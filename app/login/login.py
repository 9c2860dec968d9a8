"""Who sits at a browser, and how they come in: by a key, a password, or a provider."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from app.login.passwords import Passwords
from app.login.settings import LoginSettings
from dsl.errors import DrawbarError
from memory.key import ApiKey
from memory.keys import Keys
from memory.people import People, Person
from memory.scopes import Scope

if TYPE_CHECKING:
    from app.login.oidc import Oidc

Told = Mapping[str, Any]
_KEPT: Final = ("id", "tenant", "name", "subject")


class Login:
    """The ways in of one gateway."""

    def __init__(
        self,
        settings: LoginSettings,
        public_url: str | None,
        keys: Keys,
        people: People,
        root: bytes,
    ) -> None:
        self.settings = settings
        self.people = people
        self._keys = keys
        self._passwords = Passwords()
        self.provider = _provider(settings, public_url, root)

    async def password_fits(
        self,
        person: Person | None,
        password: str,
        admitted: Callable[[], None],
        failed: Callable[[], None],
    ) -> tuple[ApiKey, Told] | None:
        """Return who signs in with a password, and what their cookie is to hold; see `fit`.

        Where a provider is set up no password is good: who leaves there has left here.
        """
        if self.provider is not None:
            failed()
            return None
        stored = None if person is None else person.password
        fits = await self._passwords.fit(stored, password, admitted, failed)
        if person is None or not fits:
            return None
        return person.key(), {"person": person.id, "since": person.password_at.isoformat()}

    async def whose(self, told: Told, now: datetime) -> ApiKey | None:
        """Return who a cookie is of, as long as they may still come in."""
        if "key" in told:
            return await self._keys.get(str(told["key"]))
        if "person" in told:
            person = None if self.provider else await self.people.get(str(told["person"]))
            same = person is not None and person.password_at.isoformat() == told["since"]
            return person.key() if person is not None and same else None
        if self.provider is None or told.get("issuer") != self.settings.issuer:
            return None
        return _read(told, now)

    def of_provider(self, key: ApiKey) -> Told:
        """Return what the cookie holds of somebody who comes from the provider."""
        told: dict[str, Any] = {name: getattr(key, name) for name in _KEPT}
        lists = {"scopes": sorted(key.scopes), "roles": list(key.roles)}
        return {**told, **lists, "issuer": self.settings.issuer}


def _read(told: Told, now: datetime) -> ApiKey:
    return ApiKey(
        **{name: told[name] for name in _KEPT},
        agent=None,
        scopes=frozenset(Scope(one) for one in told["scopes"]),
        roles=tuple(told["roles"]),
        created_at=now,
    )


def _provider(settings: LoginSettings, public_url: str | None, root: bytes) -> "Oidc | None":
    """Return the provider that the settings name; without one nothing of it is loaded."""
    if settings.issuer is None:
        return None
    try:
        oidc = import_module("app.login.oidc")
    except ModuleNotFoundError as error:
        hint = "install `drawbar-server[mcp]`, which brings pyjwt"
        raise DrawbarError(f"signing in at a provider needs pyjwt: {hint}") from error
    asks = import_module("app.login.asking").Asking(settings.timeout_ms)  # loads an HTTP client
    made: Oidc = oidc.Oidc(settings, public_url or "", root, asks)
    return made
