"""``SSL { … }``."""

from __future__ import annotations

from pykeepalived.config.kinds.text import Text
from pykeepalived.config.schema import Bound, Repeat, block, keyword


@block("SSL")
class Ssl(Bound):
    """Client credentials for SSL_GET."""

    password: str | None = keyword(
        "password",
        Text(missing=5),
        repeat=Repeat.OVERWRITE,
        doc="Pass phrase of the private key",
    )
    ca: str | None = keyword(
        "ca",
        Text(missing=5),
        repeat=Repeat.OVERWRITE,
        doc="CA bundle file",
    )
    certificate: str | None = keyword(
        "certificate",
        Text(missing=5),
        repeat=Repeat.OVERWRITE,
        doc="Client certificate",
    )
    key: str | None = keyword(
        "key",
        Text(missing=5),
        repeat=Repeat.OVERWRITE,
        doc="Client private key",
    )
