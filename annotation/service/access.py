"""Who may annotate: everybody who knows the password, or, where none is set, everybody who reaches the app.

A sign-in gives a token, which the page sends with each request. Tokens are signed and not stored, so that they outlive
the server.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

from annotation.store.records import RESERVED, check_annotator
from handseg.errors import HandsegError, OutputError
from handseg.settings import Settings

SECRET_BYTES = 32
SECRET_SECONDS = 2.0
"""How long a process waits for another one that is writing the secret."""


class AccessError(HandsegError):
    """The page has not signed in, or with the wrong password."""


class Access:
    """Signs annotators in, and knows them again."""

    def __init__(self, settings: Settings) -> None:
        self._password = settings.password
        self.closed = (
            "Correcting masks and looking after models are switched off here: this is a public Space without a "
            "password for annotators. Its owner can set the secret HANDSEG_PASSWORD."
            if settings.public and not settings.password
            else ""
        )
        # With a password, all replicas of the app know each other's tokens, and a new password ends the old ones.
        self._key = hashlib.sha256(settings.password.encode()).digest() if settings.password else _secret(settings.home)

    @property
    def password_needed(self) -> bool:
        """Whether annotators have to know one."""
        return bool(self._password)

    def sign_in(self, name: str, password: str = "") -> str:
        """A token for an annotator; raises AccessError for a wrong password, RecordError for a name that is none."""
        self._check_open()
        if not hmac.compare_digest(password.encode(), self._password.encode()):
            raise AccessError("this is not the password; ask whoever runs the app for it")
        check_annotator(name)
        if name in RESERVED:
            raise AccessError(f"{name!r} stands for {RESERVED[name]}; give your own name")
        return f"{base64.urlsafe_b64encode(name.encode()).decode()}.{self._signature(name)}"

    def name_of(self, token: str) -> str:
        """The annotator whom a token was given to; raises AccessError for a token that this app did not give."""
        self._check_open()
        text, _, signature = token.partition(".")
        try:
            name = base64.urlsafe_b64decode(text.encode()).decode()
        except ValueError:
            name = ""
        # A name may have been reserved after its token was given.
        if not name or name in RESERVED or not hmac.compare_digest(signature.encode(), self._signature(name).encode()):
            raise AccessError("you are not signed in, or the password has changed; sign in again")
        return name

    def _check_open(self) -> None:
        if self.closed:
            raise AccessError(self.closed)

    def _signature(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), "sha256").hexdigest()


def _secret(home: Path) -> bytes:
    """The app's own secret, made if it is not there; of several processes that start at once, one makes it."""
    path = home / "annotation" / "secret"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _made(path)
        except FileExistsError:
            return _made_already(path)
    except OSError as error:
        raise OutputError(f"cannot keep a secret in {path}: {error.strerror or error}") from error


def _made(path: Path) -> bytes:
    secret = secrets.token_bytes(SECRET_BYTES)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret


def _made_already(path: Path) -> bytes:
    """The secret in a file that another process may be writing just now."""
    end = time.monotonic() + SECRET_SECONDS
    while len(content := path.read_bytes()) != SECRET_BYTES:
        if time.monotonic() > end:
            raise OutputError(
                f"{path} has {len(content)} bytes, not {SECRET_BYTES}; delete it, and start the app again"
            )
        time.sleep(0.01)
    return content
