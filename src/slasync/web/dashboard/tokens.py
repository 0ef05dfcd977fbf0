"""Cookies and what stands in them: tokens that nobody guesses, of which the database has a hash."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

SESSION, VISIT, LANGUAGE, THEME = (
    "slasync_session",
    "slasync_visit",
    "slasync_lang",
    "slasync_theme",
)
A_YEAR = 365 * 86_400


def kept(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf(token: str) -> str:
    """Return what each form holds of whoever was given `token`: another site cannot know it."""
    return hashlib.sha256(f"form:{token}".encode()).hexdigest()[:40]


def same(one: str, other: str) -> bool:
    """Compare in equal time."""
    return hmac.compare_digest(one.encode(), other.encode())


@dataclass(frozen=True, slots=True)
class Jar:
    """How cookies are set: over TLS they are bound to this host, and never leave it."""

    secure: bool

    def named(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def read(self, cookies: Mapping[str, str], name: str) -> str:
        return cookies.get(self.named(name), "")

    def put(self, answer: Response, name: str, value: str, lasts: int | None = None) -> None:
        """Set a cookie; it goes with the browser's session unless `lasts` tells the seconds."""
        answer.set_cookie(
            self.named(name),
            value,
            max_age=lasts,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, answer: Response, name: str) -> None:
        answer.delete_cookie(
            self.named(name), path="/", secure=self.secure, httponly=True, samesite="lax"
        )
