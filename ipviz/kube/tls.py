"""Whom we trust, as whom we come, and what it means when TLS fails.

All clusters that Cluster API makes have authorities of one name, `CN=kubernetes`. So another cluster's
certificate is often no "unknown issuer" to OpenSSL, but a signature that is wrong.
"""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

from ipviz.kube import errors
from ipviz.kube.connection import Connection

# X509_V_ERR_*: the signature does not fit; self-signed; no issuer known; or its key is not the issuer's.
_ANOTHER_AUTHORITY = frozenset((2, 4, 7, 18, 19, 20, 21, 30, 31))
_OUT_OF_TIME = {9: "is not valid yet", 10: "has expired"}
_OTHER_HOST = frozenset((62, 64))


def context_for(connection: Connection) -> ssl.SSLContext:
    """Whom to trust and what to show; key material is a file only while it is loaded.

    Raises:
        BadKubeconfig: the authority, certificate or key is not usable; the text says which.
    """
    context = (
        _trusting(connection.ca_data, connection) if connection.ca_data else ssl.create_default_context()
    )
    # As kubectl has it: older clusters' certificates lack what newer OpenSSL settings ask for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if connection.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if connection.client_cert and connection.client_key:
        _load_identity(context, connection)
    return context


def fault_of(error: BaseException, server: str) -> errors.KubeError:
    """What a failure of TLS means, told apart by what the reader has to look at."""
    for each in errors.causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return _distrust(each, server)
        if isinstance(each, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
            return errors.Unreachable(f"{server}: the connection broke before TLS was agreed on")
        reason = (each.reason or "") if isinstance(each, ssl.SSLError) else ""
        if "ALERT" in reason and any(word in reason for word in ("CERT", "UNKNOWN_CA", "ACCESS")):
            return errors.Unauthorized(f"{server} does not accept our client certificate: {reason}")
    why = next((e.strerror for e in errors.causes(error) if isinstance(e, OSError) and e.strerror), "")
    return errors.BadTls(f"{server}: it does not speak TLS as expected: {why or type(error).__name__}")


def _distrust(error: ssl.SSLCertVerificationError, server: str) -> errors.KubeError:
    code, said = error.verify_code, error.verify_message
    if code in _OUT_OF_TIME:
        return errors.ExpiredCertificate(
            f"{server}: its TLS certificate, or its authority's, {_OUT_OF_TIME[code]} by this machine's clock"
        )
    if code in _OTHER_HOST:
        return errors.OtherHost(
            f"{server}: its TLS certificate is signed by the right authority, but not for this host: {said}"
        )
    if code in _ANOTHER_AUTHORITY:
        return errors.Untrusted(
            f"{server}: its TLS certificate is not signed by the authority that its kubeconfig names, "
            f"so perhaps another host answers: {said}"
        )
    return errors.BadTls(f"{server}: its TLS certificate can't be accepted: {said}")


def _trusting(authority: bytes, connection: Connection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=authority.decode(errors="replace"))
    except (ssl.SSLError, ValueError) as error:
        raise errors.BadKubeconfig(
            f"{connection.origin}: certificate-authority holds no certificate"
        ) from error
    # As kubectl has it: who is named as an authority is one, though it be signed by another.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _load_identity(context: ssl.SSLContext, connection: Connection) -> None:
    with TemporaryDirectory(prefix="ipviz-") as folder:
        cert, key = Path(folder) / "client.crt", Path(folder) / "client.key"
        for path, content in ((cert, connection.client_cert), (key, connection.client_key)):
            path.touch(mode=0o600)
            path.write_bytes(content or b"")
        try:
            # A callback, since OpenSSL would else ask the terminal for the password of an encrypted key.
            context.load_cert_chain(cert, key, password=lambda: b"")
        except (ssl.SSLError, ValueError, OSError) as error:
            raise errors.BadKubeconfig(
                f"{connection.origin}: "
                "client-certificate and client-key are not a certificate and its key, unencrypted"
            ) from error
