"""Secrets that we hand out: the holder keeps the text, the database its digest."""

from hashlib import sha256
from secrets import token_urlsafe

SECRET_BYTES = 32


def new_secret() -> str:
    return token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """A plain hash is enough: a random secret this long cannot be guessed, so there is nothing to slow down.

    Rows are looked up by it, and the time a lookup takes says nothing about the secret.
    """
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()
