import xml.etree.ElementTree as ElementTree

from pykeepalived.lab.picture import draw
from pykeepalived.lab.summary import summarise
from pykeepalived.lab.timeline import Record
from tests.unit.lab.lab_runs import failover

SVG = "{http://www.w3.org/2000/svg}"


def drawn(run: Record) -> ElementTree.Element:
    return ElementTree.fromstring(draw(run, summarise(run, {"rs1": 1, "rs2": 1})))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def test_a_failover_names_its_events_and_figures() -> None:
    words = texts(drawn(failover()))

    assert "a killed" in words
    assert "a boots again" in words
    assert "takeover 3.610 s" in words
    assert any(word.startswith("outage 3.6") for word in words)


def test_every_advert_is_a_tick() -> None:
    run = failover()
    picture = drawn(run)
    run.adverts = run.adverts[:-1]

    assert len(list(picture.iter(f"{SVG}line"))) == len(list(drawn(run).iter(f"{SVG}line"))) + 1


def test_everything_is_inside_the_picture() -> None:
    picture = drawn(failover())
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])

    for box in picture.iter(f"{SVG}rect"):
        if "x" in box.attrib:
            assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
            assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height


def test_a_run_without_any_event_is_still_a_picture() -> None:
    words = texts(drawn(Record("192.0.2.100", ("a", "b"), ("rs1", "rs2"), 0)))

    assert "No failover was seen." in words


def test_words_with_markup_in_them_are_escaped() -> None:
    run = failover()
    run.title = "a < b & c"

    assert "a < b & c" in texts(drawn(run))
