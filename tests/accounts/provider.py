"""An identity provider over real HTTP, which is as strict as Dex, and can be told to go wrong."""

import json
import logging
import os
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import flask
import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server

with (
    warnings.catch_warnings()
):  # it rests on what authlib will give up one day, and authlib insists on saying so
    import authlib.deprecate

    warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
    import oidc_provider_mock

CLIENT, SECRET = "ipviz", "planted-client-secret"


@dataclass
class Provider:
    """`claims` stand in each ID token in place of the true ones; those that are None are left out."""

    issuer: str = ""
    trust: bool | str = True
    status: int = 200
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    key: Any = None
    algorithm: str = "RS256"
    given_away: list[str] = field(default_factory=list)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def heal(self) -> None:
        fresh = Provider(self.issuer, self.trust)
        self.__dict__.update(fresh.__dict__)

    def person(self, sub: str, *groups: str, name: str = "", **claims: Any) -> None:
        """Have somebody there, or have them change."""
        told = {"preferred_username": name or sub, "groups": list(groups), **claims}
        requests.put(f"{self.issuer}/users/{sub}", json=told, timeout=5, verify=self.trust).raise_for_status()

    def sign_in(self, url: str, sub: str) -> str:
        """Do what a person does on the provider's page that `url` leads to; where it leads back to."""
        return self._post(url, {"sub": sub})

    def cancel(self, url: str) -> str:
        return self._post(url, {"action": "deny"})

    def _post(self, url: str, typed: dict[str, str]) -> str:
        answer = requests.post(url, data=typed, timeout=5, verify=self.trust, allow_redirects=False)
        assert answer.is_redirect, answer.text
        return answer.headers["Location"]

    def before(self) -> Any:
        self.asked[flask.request.path] = {**flask.request.args.to_dict(), **flask.request.form.to_dict()}
        if self.status != 200:
            return "out of order", self.status
        if flask.request.path == "/oauth2/token":
            return self._wrong_with_the_exchange()
        return None

    def after(self, answer: flask.Response) -> flask.Response:
        match flask.request.path:
            case "/oauth2/token" if answer.status_code == 200:
                told = self._changed(answer, {})
                told["id_token"] = self._forged(told["id_token"])
                self.given_away += [told["access_token"], told["id_token"], flask.request.form["code"]]
                answer.data = json.dumps(told)
            case "/userinfo":
                answer.data = json.dumps(self._changed(answer, self.userinfo))
            case "/.well-known/openid-configuration" if answer.status_code == 200:
                answer.data = json.dumps(self._changed(answer, self.document))
        return answer

    def _wrong_with_the_exchange(self) -> Any:
        """The stand-in takes any secret, and knows nothing of PKCE."""
        form, basic = flask.request.form, flask.request.authorization
        secret = basic.password if basic else form.get("client_secret")
        proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode()
        begun = self.asked["/oauth2/authorize"]
        if secret != SECRET:
            return {"error": "invalid_client"}, 401
        if begun["code_challenge_method"] != "S256" or proof.rstrip("=") != begun["code_challenge"]:
            return {"error": "invalid_grant"}, 400
        return None

    def _changed(self, answer: flask.Response, changes: dict[str, Any]) -> dict[str, Any]:
        told = {**json.loads(answer.data), **changes}
        return {name: value for name, value in told.items() if value is not None}

    def _forged(self, token: str) -> str:
        told = {**jwt.decode(token, options={"verify_signature": False}), **self.claims}
        jwk = flask.g.oidc_provider_mock_storage.jwk
        key = self.key if self.key is not None else jwk.as_pem(is_private=True)
        header = {"kid": jwk.as_dict()["kid"]}
        kept = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(kept, key, self.algorithm, header)


@contextmanager
def running(certificate: Path | None = None, trust: bool | str = True) -> Iterator[Provider]:
    """By TLS, where it has a certificate (key and certificate in one file)."""
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # by plain HTTP, too
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app, provider = oidc_provider_mock.app(), Provider(trust=trust)
    app.before_request(lambda: provider.before())
    app.after_request(lambda answer: provider.after(answer))
    tls = (str(certificate), str(certificate)) if certificate else None
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=tls)
    provider.issuer = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def another_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
