"""Kubeconfigs as data: what the operator's file or a cluster's Secret says, and nothing that runs.

An operator's file is trusted to name other files. A Secret is written by whoever may write Secrets in the
management cluster, so nothing in it may make this machine run a program, read a file, trust a server
unseen or knock at its own metadata service.
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from ipviz.kube.connection import FILE_LIMIT, Connection, checked_server, checked_token, read_limited
from ipviz.kube.errors import BadKubeconfig, one_line
from ipviz.kube.plain_yaml import PlainLoader
from ipviz.kube.trust import Trust

T = TypeVar("T")

_PEM = b"-----BEGIN "

# Never supported: what runs a program, speaks for another user, or goes another way than straight.
_REFUSED = {
    "exec": "runs a program; give a token or a client certificate instead",
    "auth-provider": "is not supported; give a token or a client certificate instead",
    "username": "(basic authentication) is not supported; give a token or a client certificate instead",
    "password": "(basic authentication) is not supported; give a token or a client certificate instead",
    "as": "(impersonation) is not supported; give the credentials of a reader instead",
    "as-uid": "(impersonation) is not supported; give the credentials of a reader instead",
    "as-groups": "(impersonation) is not supported; give the credentials of a reader instead",
    "as-user-extra": "(impersonation) is not supported; give the credentials of a reader instead",
    "proxy-url": "is not supported; this program connects directly",
}
_REFUSED_IN_SECRETS = {
    "tokenFile": "names a file, which a kubeconfig from a Secret may not",
    "certificate-authority": "names a file, which a kubeconfig from a Secret may not",
    "client-certificate": "names a file, which a kubeconfig from a Secret may not",
    "client-key": "names a file, which a kubeconfig from a Secret may not",
}


class _Server(msgspec.Struct, rename="kebab"):
    server: str
    certificate_authority: str | None = None
    certificate_authority_data: str | None = None
    insecure_skip_tls_verify: bool | None = None
    tls_server_name: str | None = None


class _User(msgspec.Struct, rename="kebab"):
    client_certificate: str | None = None
    client_certificate_data: str | None = None
    client_key: str | None = None
    client_key_data: str | None = None
    token: str | None = None
    token_file: str | None = msgspec.field(default=None, name="tokenFile")


def from_file(path: Path, context: str = "") -> Connection:
    """Read a kubeconfig of the operator; paths in it are relative to its folder, as kubectl has it.

    Raises:
        BadKubeconfig: anything is missing, wrong or not supported; the text names the file and the field.
    """
    origin = f"kubeconfig {path}"
    return _connection(read_limited(path, origin), origin, context, folder=path.parent)


def from_secret(content: bytes, origin: str, trust: Trust) -> Connection:
    """Read a kubeconfig that was found in a cluster.

    Args:
        origin: which Secret, to name in errors.
        trust: what the operator allows this cluster besides.

    Raises:
        BadKubeconfig: as `from_file`, and for everything that only an operator may say.
    """
    if len(content) > FILE_LIMIT:
        raise BadKubeconfig(f"{origin}: the kubeconfig is larger than 1 MiB")
    return _connection(content, origin, "", trust=trust)


def _connection(
    content: bytes, origin: str, context: str, *, folder: Path | None = None, trust: Trust | None = None
) -> Connection:
    """Read the chosen context: with a folder as the operator's own word, else as far as the trust goes."""
    config = _loaded(content, origin)
    cluster, user = _chosen(config, context, origin)
    for entry in (cluster, user):
        _refuse(entry, _REFUSED, origin)
        if trust:
            _refuse(entry, _REFUSED_IN_SECRETS, origin)
            if not trust.insecure:
                _refuse(entry, {"insecure-skip-tls-verify": f"is refused {trust.to_be_insecure}"}, origin)
    server, who = _typed(cluster, _Server, origin), _typed(user, _User, origin)
    cert = _material(
        who.client_certificate_data, who.client_certificate, "client-certificate", origin, folder
    )
    key = _material(who.client_key_data, who.client_key, "client-key", origin, folder)
    if (cert is None) != (key is None):
        raise BadKubeconfig(f"{origin}: a client certificate needs its key, and a key its certificate")
    return Connection(
        server=checked_server(server.server, origin, trust),
        origin=origin,
        ca_data=_material(
            server.certificate_authority_data,
            server.certificate_authority,
            "certificate-authority",
            origin,
            folder,
        ),
        client_cert=cert,
        client_key=key,
        token=_token(who, origin, folder),
        tls_server_name=server.tls_server_name or "",
        insecure=bool(server.insecure_skip_tls_verify),
        trust=trust,
    )


def _loaded(content: bytes, origin: str) -> Mapping[str, Any]:
    """Parse the YAML; its own errors quote the text around them, so none of them is chained."""
    problem = ""
    try:
        config = yaml.load(content.decode(), PlainLoader)  # noqa: S506 - a SafeLoader that refuses aliases too
    except yaml.MarkedYAMLError as error:
        config, mark = None, error.problem_mark
        problem = f" (line {mark.line + 1})" if mark else ""
    except Exception:  # of a stranger's text, the library raises nearly anything
        config = None
    if not isinstance(config, dict):
        raise BadKubeconfig(
            f"{origin}: not a kubeconfig: not YAML (without aliases), or not a mapping{problem}"
        )
    return config


def _chosen(
    config: Mapping[str, Any], context: str, origin: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The cluster and the user of the context that is asked for, or else of the current one."""
    name = context or config.get("current-context")
    if not isinstance(name, str) or not name:
        raise BadKubeconfig(f"{origin}: no current-context; name a context")
    chosen = _entry(config, "contexts", "context", name, origin)
    cluster, user = chosen.get("cluster"), chosen.get("user")
    if not isinstance(cluster, str) or not isinstance(user, str):
        raise BadKubeconfig(f"{origin}: context {one_line(name)!r} names no cluster or no user")
    return (
        _entry(config, "clusters", "cluster", cluster, origin),
        _entry(config, "users", "user", user, origin),
    )


def _entry(config: Mapping[str, Any], section: str, key: str, name: str, origin: str) -> Mapping[str, Any]:
    """The named entry of `contexts`, `clusters` or `users`."""
    listed = config.get(section)
    entries = [e for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    for entry in entries:
        if entry.get("name") == name:
            value = entry.get(key)
            if not isinstance(value, dict):
                raise BadKubeconfig(f"{origin}: {key} {one_line(name)!r} is empty")
            return value
    known = ", ".join(str(e["name"]) for e in entries[:8] if isinstance(e.get("name"), str))
    raise BadKubeconfig(f"{origin}: no {key} named {one_line(name)!r}; there is: {one_line(known) or 'none'}")


def _refuse(entry: Mapping[str, Any], fields: Mapping[str, str], origin: str) -> None:
    """Refuse a field that is there at all; only null, false and "" are as good as absent."""
    for name, why in fields.items():
        if entry.get(name) not in (None, False, ""):
            raise BadKubeconfig(f"{origin}: {name} {why}")


def _typed(entry: Mapping[str, Any], as_type: type[T], origin: str) -> T:
    try:
        return msgspec.convert(entry, as_type)
    except msgspec.ValidationError as error:
        raise BadKubeconfig(f"{origin}: {error}") from error


def _material(
    data: str | None, file: str | None, name: str, origin: str, folder: Path | None
) -> bytes | None:
    """PEM from `NAME-data`, which wins, or from the file `NAME`."""
    if data:
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            raise BadKubeconfig(f"{origin}: {name}-data is not base64") from None
        name = f"{name}-data"
    elif file and folder is not None:
        content = read_limited(folder / file, f"{origin}: {name}")
    else:
        return None
    if _PEM not in content:
        raise BadKubeconfig(f"{origin}: {name} is not PEM")
    return content


def _token(who: _User, origin: str, folder: Path | None) -> str:
    """The token, or what `tokenFile` holds, which wins as with kubectl; empty where there is neither."""
    if who.token_file and folder is not None:
        content = read_limited(folder / who.token_file, f"{origin}: tokenFile")
        return checked_token(content.decode(errors="replace").strip(), origin)
    return checked_token(who.token, origin) if who.token else ""
