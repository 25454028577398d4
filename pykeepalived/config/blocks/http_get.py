"""``HTTP_GET { … }`` and ``SSL_GET { … }``."""

from __future__ import annotations

from pykeepalived.config.actions.lvs import close_http_get, close_url
from pykeepalived.config.blocks.checker import Connecting
from pykeepalived.config.kinds.hexadecimal import Digest
from pykeepalived.config.kinds.lvs import StatusRanges
from pykeepalived.config.kinds.numbers import Bool, Uint
from pykeepalived.config.kinds.script import Offset, Regex, RegexOptions, RegexStack
from pykeepalived.config.kinds.text import Choice, OptionalText, Text
from pykeepalived.config.schema import Alias, Bound, Repeat, block, children, flag, keyword


@block("url", closing=close_url)
class Url(Bound):
    """One request; needs a path."""

    path: str | None = keyword(
        "path",
        Text(),
        repeat=Repeat.OVERWRITE,
        doc="Request path",
    )
    digest: str | None = keyword(
        "digest",
        Digest(),
        repeat=Repeat.FIRST,
        doc="MD5 of the body",
    )
    status_code: tuple[tuple[int, int], ...] | None = keyword(
        "status_code",
        StatusRanges(),
        repeat=Repeat.EXTEND,
        default_text="200-299",
        doc="Accepted codes; words and lines add up",
    )
    virtualhost: str | None = keyword(
        "virtualhost",
        Text(missing=5),
        default_text="checker value",
        repeat=Repeat.OVERWRITE,
        doc="Host header of this url",
    )
    regex: str | None = keyword(
        "regex",
        Regex(),
        repeat=Repeat.OVERWRITE,
        requires="REGEX",
        doc=(
            "PCRE2 pattern on the body; escapes in the word are processed first; a bad pattern is logged only"
        ),
    )
    regex_no_match: bool = flag(
        "regex_no_match",
        doc="Success when the pattern is absent",
        requires="REGEX",
    )
    regex_options: tuple[str, ...] | None = keyword(
        "regex_options",
        RegexOptions(),
        repeat=Repeat.EXTEND,
        requires="REGEX",
        doc="PCRE2 options; an unknown word is silently dropped",
    )
    regex_min_offset: int = keyword(
        "regex_min_offset",
        Offset(),
        default=0,
        requires="REGEX",
        doc="First position of a match; a bad value is logged only",
    )
    regex_max_offset: int | None = keyword(
        "regex_max_offset",
        Offset(),
        requires="REGEX",
        doc="Last position of a match; a bad value is logged only",
    )
    regex_stack: tuple[int, int] | None = keyword(
        "regex_stack",
        RegexStack(),
        default_text="library default",
        repeat=Repeat.CUSTOM,
        requires="REGEX",
        doc="JIT stack sizes; a bad value is logged only",
    )


@block("HTTP_GET", closing=close_http_get)
class HttpGet(Connecting):
    """HTTP check; needs a url."""

    retry: int | None = keyword(
        "retry",
        Uint(0, 4294967295),
        default_text="real server value, else 1 (MISC 0, DNS 3)",
        aliases=(Alias("nb_get_retry", deprecated="retry", reported=True),),
        doc="Extra tries before down; unlike in the outer blocks 0 is valid",
    )
    virtualhost: str | None = keyword(
        "virtualhost",
        Text(missing=5),
        default_text="server value",
        repeat=Repeat.OVERWRITE,
        doc="Host header",
    )
    http_protocol: str | None = keyword(
        "http_protocol",
        Choice("1.0", "1.1", "1.0C", missing=5, also={"1.0c": "1.0C"}),
        default_text="1.0",
        doc="Request version; 1.1 and 1.0C send Connection: close, 1.0c is accepted too",
    )
    enable_sni: bool = keyword(
        "enable_sni",
        Bool(),
        default=False,
        doc="Send SNI (host name of virtualhost)",
    )
    sni_name: str | None = keyword(
        "sni_name",
        OptionalText(bare=""),
        default_text="virtualhost",
        repeat=Repeat.OVERWRITE,
        doc="SNI name; turns SNI on",
    )
    fast_recovery: bool = keyword(
        "fast_recovery",
        Bool(),
        default=False,
        doc="After one success check the remaining urls at once",
    )
    urls: tuple[Url, ...] = children(Url, doc="The requests of one round, in order")


@block("url", closing=close_url)
class SslUrl(Url):
    """One request over TLS; needs a path."""

    tls_compliant: bool | None = keyword(
        "tls_compliant",
        Bool(),
        default_text="checker value",
        doc="Same for one url",
    )


@block("SSL_GET", closing=close_http_get)
class SslGet(HttpGet):
    """HTTPS check; needs a url."""

    tls_compliant: bool = keyword(
        "tls_compliant",
        Bool(),
        default=False,
        doc="Treat a close without TLS close-notify as an error",
    )
    urls: tuple[SslUrl, ...] = children(SslUrl, doc="The requests of one round, in order")
