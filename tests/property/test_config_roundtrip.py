"""Properties of binding: a dump reads back equal, and no text brings the loader down."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pykeepalived.config.blocks.root import Config
from pykeepalived.config.dump import dump
from pykeepalived.config.load import load_text
from pykeepalived.config.reference import blocks

WORDS = sorted({name for _, schema in blocks() for name in schema.keywords if name})
VALUES = st.sampled_from(
    [
        "", "1", "0", "255", "-1", "1.5", "true", "no", "eth0", "192.0.2.1", "2001:db8::1", "192.0.2.1 80",
        "x", '"a b"', "PASS", "rr", "NAT", "TUN type gue port 6080", "MASTER", "BACKUP", "weight 5 reverse",
        "group g", "fwmark 5", "{", "}", "root", "/usr/bin/true", "'/x y' root", "00 ff", "dev eth0 label a",
        "default via 192.0.2.1",
    ]
)  # fmt: skip


@st.composite
def configurations(draw, depth=0, keywords=None):
    """Nested blocks of real keywords with values that are often wrong."""
    keywords = keywords or Config.schema.keywords
    lines = []
    for name in draw(st.lists(st.sampled_from(sorted(k for k in keywords if k)), max_size=6)):
        keyword = keywords[name]
        lines.append(f"{name} {draw(VALUES)}")
        if keyword.block is not None and depth < 4:
            inner = keyword.block.schema.keywords
            body = draw(configurations(depth=depth + 1, keywords=inner)) if any(inner) else draw(VALUES)
            lines += ["{", body, "}"]
        elif keyword.many and keyword.shape.name == "VALUES":
            lines += ["{", *draw(st.lists(VALUES, max_size=3)), "}"]
    return "\n".join(lines)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configurations())
def test_a_dump_reads_back_as_the_same_configuration(text):
    config = load_text(text).config

    assert config == load_text(dump(config)).config


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.one_of(st.sampled_from(WORDS), VALUES, st.sampled_from(["\n", "{", "}", "\n", '"'])), max_size=60
    )
)
def test_any_sequence_of_words_is_survived(words):
    loaded = load_text(" ".join(words))

    assert loaded.exit_status in (0, 2, 4, 5, 6)
