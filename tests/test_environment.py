"""Wrong settings are reported at once, by name, and nothing starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipviz.environment import Environment

ROOT = Path(__file__).parent.parent


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Load the settings in a process of their own, and say one of them."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from ipviz import settings as s; print(s.POLL_INTERVAL, s.ALERT_TO, s.SECRET_KEY)",
        ],
        env={"PATH": os.environ["PATH"], "IPVIZ_DATA_DIR": str(tmp_path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_wrong_settings_are_named_at_once_without_a_traceback(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        IPVIZ_POLL_INTERVAL_SECONDS="soon",
        EMAIL_URL="carrier-pigeon://user:secret@host",
        DATABASE_URL="nonsense:secret",
        IPVIZ_ALERT_TO="anna@example.org,nobody",
        IPVIZ_METRICS_TOKEN="too-short",
        IPVIZ_INSECURE_CLUSTERS="gmc/org-acme/beta,gamma",
        IPVIZ_TRUSTED_PROXIES="10.0.0.0/8,2001:db8::7,proxy.example.org",
        LOG_LEVEL="loud",
        SECRET_KEY_FILE=str(tmp_path / "missing"),
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    for name in (
        "IPVIZ_POLL_INTERVAL_SECONDS",
        "EMAIL_URL",
        "DATABASE_URL",
        "IPVIZ_ALERT_TO: nobody",
        "IPVIZ_INSECURE_CLUSTERS: gamma is no workload cluster's path",
        "IPVIZ_TRUSTED_PROXIES: proxy.example.org is no network",
        "IPVIZ_METRICS_TOKEN: it has 9 characters, the least is 16",
        "LOG_LEVEL: LOUD",
        "SECRET_KEY",
    ):
        assert name in ended.stderr
    assert "secret@" not in ended.stderr
    assert "nonsense:secret" not in ended.stderr
    assert "too-short" not in ended.stderr


def test_what_a_provider_of_sign_in_lacks_is_named_at_once(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        IPVIZ_OIDC_ISSUER="http://dex.example.org",
        IPVIZ_OIDC_CLIENT_ID="ipviz",
        IPVIZ_OIDC_ROLES="platform=king",
        IPVIZ_OIDC_SCOPES="email groups",
        IPVIZ_OIDC_SESSION_HOURS="0",
        IPVIZ_OIDC_CA_FILE=str(tmp_path / "missing"),
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    for told in (
        "IPVIZ_OIDC_ISSUER: is no https URL",
        "IPVIZ_OIDC_CLIENT_SECRET: is missing, and IPVIZ_OIDC_ISSUER, IPVIZ_OIDC_CLIENT_ID is set.",
        "IPVIZ_OIDC_ROLES: king of platform=king is none of the roles viewer, operator, admin",
        "IPVIZ_OIDC_SCOPES: without openid",
        "IPVIZ_OIDC_SESSION_HOURS: 0 is too small",
        f"IPVIZ_OIDC_CA_FILE: {tmp_path / 'missing'} has no certificates that can be read",
    ):
        assert told in ended.stderr


@pytest.mark.parametrize("name", ["IPVIZ_OIDC_ROLES", "IPVIZ_OIDC_CLIENT_ID", "IPVIZ_OIDC_ISSUER"])
def test_half_a_provider_of_sign_in_is_none(tmp_path: Path, name: str) -> None:
    whole = {
        "IPVIZ_OIDC_ISSUER": "https://dex.example.org",
        "IPVIZ_OIDC_CLIENT_ID": "ipviz",
        "IPVIZ_OIDC_CLIENT_SECRET": "planted",
        "IPVIZ_OIDC_ROLES": "*=viewer",
    }
    del whole[name]
    ended = start(tmp_path, **whole)
    assert f"{name}: is missing, and " in ended.stderr
    assert "planted" not in ended.stderr


def test_passwords_are_not_switched_off_where_nothing_else_opens(tmp_path: Path) -> None:
    assert "IPVIZ_LOCAL_SIGN_IN: is off" in start(tmp_path, IPVIZ_LOCAL_SIGN_IN="false").stderr


@pytest.mark.parametrize("url", ["mysql://ipviz:secret@db/ipviz", "nonsense:secret"])
def test_a_database_of_another_make_is_refused_by_name(tmp_path: Path, url: str) -> None:
    ended = start(tmp_path, DATABASE_URL=url)
    assert ended.returncode != 0
    assert "DATABASE_URL" in ended.stderr
    assert "secret" not in ended.stderr


def test_a_database_that_is_down_is_said_in_a_line_without_its_password(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "cluster", "list"],
        env={
            "PATH": os.environ["PATH"],
            "IPVIZ_DATA_DIR": str(tmp_path),
            "DATABASE_URL": "postgres://ipviz:secret@127.0.0.1:1/ipviz",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "The database can't be used" in ended.stderr
    assert "refused" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr


def test_nothing_need_be_set(tmp_path: Path) -> None:
    ended = start(tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("0:00:30 []")


def test_the_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    assert start(tmp_path).stdout == start(tmp_path).stdout
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    assert "from-a-file" in start(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key")).stdout


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example.org", 25, True, False),
        ("smtp://anna:planted@mail.example.org:1025", 1025, True, False),
        ("smtp+plain://mail.example.org", 25, False, False),
        ("smtp+tls://anna:planted@mail.example.org:587", 587, True, False),
        ("submission://mail.example.org", 587, True, False),
        ("smtp+ssl://mail.example.org", 465, False, True),
        ("smtps://mail.example.org:4650", 4650, False, True),
    ],
)
def test_a_mail_url_says_how_the_connection_is_secured_which_it_is_by_default(
    url: str, port: int, starttls: bool, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    environment = Environment()
    read = environment.mail("EMAIL_URL")
    assert environment.faults == []
    assert read is not None
    assert read["EMAIL_HOST"] == "mail.example.org"
    assert (read["EMAIL_PORT"], read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (port, starttls, tls)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1025", "[::1]"])
def test_to_this_machine_mail_goes_as_it_is(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", f"smtp://{host}")
    read = Environment().mail("EMAIL_URL")
    assert read is not None
    assert (read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (False, False)
