"""The environment, read once and typed: every wrong variable is reported, by name, before anything starts."""

import os
import secrets
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from ssl import create_default_context
from typing import Any, TypeVar
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from environs import EnvError, FileAwareEnv

from ipviz.domain.origins import parse_origin
from ipviz.domain.providers import may_be_asked, parse_group_roles
from ipviz.domain.spans import Span

Value = TypeVar("Value")

ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")

_STARTTLS, _TLS = {"EMAIL_USE_TLS": True}, {"EMAIL_USE_SSL": True}
MAIL_SCHEMES: dict[str, tuple[int, dict[str, bool]]] = {
    "smtp": (25, _STARTTLS),
    "smtp+plain": (25, {}),
    "smtp+tls": (587, _STARTTLS),
    "submission": (587, _STARTTLS),
    "smtp+ssl": (465, _TLS),
    "smtps": (465, _TLS),
}
"""The usual port, and how the connection is secured: always, but on this machine or where it is said."""
_HERE = ("localhost", "127.0.0.1", "::1")


class Environment:
    """Reads variables, each also as `NAME_FILE`, and remembers what is wrong with them."""

    def __init__(self) -> None:
        self.env = FileAwareEnv(strip_whitespace=True)
        self.faults: list[str] = []

    def read(self, parse: Callable[..., Value], name: str, default: Value, **options: Any) -> Value:
        try:
            return parse(name, default, **options)
        except (EnvError, ValueError) as error:
            reasons = getattr(error, "error_messages", None) or [str(error)]
            self.faults.append(f"{name}: {' '.join(str(reason) for reason in reasons)}")
            return default

    def text(self, name: str, default: str = "") -> str:
        return self.read(self.env.str, name, default)

    def secret(self, name: str, *, least: int) -> str:
        """One of at least so many characters, or none; it is not repeated where it is wrong."""
        value = self.text(name)
        if value and len(value) < least:
            self.faults.append(f"{name}: it has {len(value)} characters, the least is {least}.")
        return value

    def switch(self, name: str, default: bool) -> bool:
        return self.read(self.env.bool, name, default)

    def number(self, name: str, default: int, *, least: int) -> int:
        value = self.read(self.env.int, name, default)
        if value < least:
            self.faults.append(f"{name}: {value} is too small, the least is {least}.")
        return value

    def choice(self, name: str, default: str, among: Collection[str]) -> str:
        value = self.text(name, default).upper()
        if value not in among:
            self.faults.append(f"{name}: {value} is none of {', '.join(among)}.")
        return value

    def words(self, name: str) -> list[str]:
        return [word.strip() for word in self.text(name).split(",") if word.strip()]

    def addresses(self, name: str) -> list[str]:
        """Mail addresses, each checked."""
        found = self.words(name)
        for word in found:
            try:
                validate_email(word)
            except ValidationError:
                self.faults.append(f"{name}: {word} is not a mail address.")
        return found

    def networks(self, name: str) -> list[Span]:
        """Networks and addresses, each checked."""
        found = []
        for word in self.words(name):
            try:
                found.append(parse_origin(word))
            except ValueError:
                self.faults.append(f"{name}: {word} is no network, like 192.0.2.0/24, and no address.")
        return found

    def cluster_paths(self, name: str) -> list[str]:
        """Workload clusters by path, each checked."""
        found = self.words(name)
        for word in found:
            if len([part for part in word.split("/") if part]) != 3:
                self.faults.append(f"{name}: {word} is no workload cluster's path, like gmc/org-acme/beta.")
        return found

    def issuer(self, name: str) -> str:
        """The URL of an identity provider, which nobody between may listen to."""
        url = self.text(name)
        if url and not may_be_asked(url):
            self.faults.append(f"{name}: is no https URL, like https://dex.example.org.")
        return url

    def group_roles(self, name: str) -> dict[str, str]:
        return self.read(lambda name, _: parse_group_roles(self.env.str(name, "")), name, {})

    def local_sign_in(self, name: str, issuer: str) -> bool:
        is_on = self.switch(name, True)
        if not (is_on or issuer):
            self.faults.append(f"{name}: is off, and no IPVIZ_OIDC_ISSUER is set: nobody could sign in.")
        return is_on

    def scopes(self, name: str, default: str) -> str:
        """Of OpenID Connect, each after a blank."""
        text = self.text(name, default)
        if "openid" not in text.split():
            self.faults.append(f"{name}: without openid among them nobody is told who signs in.")
        return text

    def certificates(self, name: str) -> str:
        """The path of a file of authorities that are trusted, if any is named."""
        path = self.text(name)
        try:
            _ = path and create_default_context(cafile=path)
        except OSError as error:
            self.faults.append(f"{name}: {path} has no certificates that can be read: {error}.")
        return path

    def all_or_none(self, values: Mapping[str, object]) -> None:
        """Settings that mean nothing without each other."""
        missing = [name for name, value in values.items() if not value]
        if 0 < len(missing) < len(values):
            others = ", ".join(name for name in values if name not in missing)
            self.faults += [f"{name}: is missing, and {others} is set." for name in missing]

    def database(self, name: str, default: str) -> dict[str, Any]:
        url = self.text(name) or default
        try:
            parsed = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
        except Exception:  # the library raises many kinds; the value may hold a password: it is not repeated
            parsed = {}
        if parsed.get("ENGINE") in ENGINES:
            return parsed
        self.faults.append(
            f"{name}: is no URL of a PostgreSQL, like postgres://USER:PASSWORD@HOST:5432/NAME."
        )
        return dict(dj_database_url.parse(default))

    def mail(self, name: str) -> dict[str, Any] | None:
        """The mail settings, or None where no mail server is named."""
        url = self.text(name)
        if not url:
            return None
        try:
            parsed = _mail_settings(url)
        except Exception:  # as above
            parsed = {}
        if not parsed.get("EMAIL_BACKEND"):
            self.faults.append(f"{name}: is not a mail URL, like smtp+tls://USER:PASSWORD@HOST:587.")
            return None
        return parsed

    def data_folder(self, name: str, default: Path) -> Path:
        folder = Path(self.text(name) or default).absolute()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self.faults.append(f"{name}: {folder} cannot be made: {error.strerror}.")
        return folder

    def secret_key(self, name: str, folder: Path) -> str:
        """The key from the environment, or one made at the first start and kept in the data folder."""
        if key := self.text(name):
            return key
        path = folder / "secret_key"
        try:
            return path.read_text().strip() or _new_secret_key(path)
        except FileNotFoundError:
            try:
                return _new_secret_key(path)
            except OSError as error:
                self.faults.append(f"{name}: {path} cannot be written: {error.strerror}.")
        except OSError as error:
            self.faults.append(f"{name}: {path} cannot be read: {error.strerror}.")
        return secrets.token_urlsafe(50)

    def leave_if_wrong(self) -> None:
        """End the process with every fault on a line of its own."""
        if self.faults:
            sys.exit(
                "ipviz cannot start, these settings are wrong:\n" + "\n".join(f"  {f}" for f in self.faults)
            )


def _mail_settings(url: str) -> dict[str, Any]:
    """Read a mail URL; the library knows neither `smtp+tls` nor `smtp+ssl`, which people write."""
    scheme, separator, rest = url.partition("://")
    if scheme not in MAIL_SCHEMES:
        return dict(dj_email_url.parse(url))
    port, tls = MAIL_SCHEMES[scheme]
    parsed = dict(dj_email_url.parse(f"smtp{separator}{rest}"))
    if scheme == "smtp" and urlsplit(url).hostname in _HERE:
        tls = {}
    return {**parsed, "EMAIL_PORT": urlsplit(url).port or port, **tls}


def _new_secret_key(path: Path) -> str:
    """Write a new key unless another process was first; whoever was first is right."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
