import xml.etree.ElementTree as ElementTree

from pykeepalived.lab import outcome
from pykeepalived.lab.layout import Target, Watched
from pykeepalived.lab.outcome import Outcome
from pykeepalived.lab.picture import draw
from pykeepalived.lab.timeline import Holding, Mark, MarkKind, Record, State, StateChange
from tests.unit.lab.lab_runs import VIP, failover, seconds

SVG = "{http://www.w3.org/2000/svg}"


def complete(run: Record) -> Record:
    run.watched = (Watched("web", VIP),)
    run.targets = (Target(VIP, shares=(("rs1", 1), ("rs2", 1))),)
    return run


def drawn(run: Record, *, embedded: bool = False) -> ElementTree.Element:
    result = Outcome("made-up", run.title, run, outcome.events(run), ())
    return ElementTree.fromstring(draw(result, embedded=embedded))


def texts(picture: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


def test_a_failover_names_its_events_and_figures() -> None:
    words = texts(drawn(complete(failover())))

    assert "a loses power" in words
    assert "a boots again" in words
    assert "3.610 s" in words
    assert any("outage 3.62" in word for word in words)


def test_every_advert_is_a_tick() -> None:
    run = complete(failover())
    ticks = [e for e in drawn(run).iter(f"{SVG}line") if "advert" in e.attrib.get("class", "")]

    assert len(run.adverts) == len(ticks)


def test_everything_is_inside_the_picture() -> None:
    for embedded in (False, True):
        picture = drawn(complete(failover()), embedded=embedded)
        width, height = float(picture.attrib["width"]), float(picture.attrib["height"])

        for box in picture.iter(f"{SVG}rect"):
            if "x" in box.attrib:
                assert float(box.attrib["x"]) + float(box.attrib["width"]) <= width
                assert 0 <= float(box.attrib["y"])
                assert float(box.attrib["y"]) + float(box.attrib["height"]) <= height
        for text in picture.iter(f"{SVG}text"):
            assert 0 < float(text.attrib["y"]) < height


def test_events_close_together_get_numbers_that_do_not_touch() -> None:
    run = complete(failover())
    run.marks += [Mark(seconds(10.1 + n / 10), MarkKind.RELOADED, "b") for n in range(2)]
    circles = list(drawn(run).iter(f"{SVG}circle"))
    places = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in circles]

    assert len(places) == 4
    for n, (x, y) in enumerate(places):
        assert all(abs(x - ox) > 17 or abs(y - oy) > 17 for ox, oy in places[n + 1 :])


def test_two_owners_at_once_are_drawn_one_below_the_other() -> None:
    run = complete(failover())
    run.holdings.append(Holding(seconds(25), "b", VIP, True))
    owned = [
        box for box in drawn(run).iter(f"{SVG}rect") if (box.findtext(f"{SVG}title") or "").startswith(VIP)
    ]

    assert len({box.attrib["y"] for box in owned}) == 2


def test_each_instance_has_its_band() -> None:
    run = complete(failover())
    run.instances = {"a": ("outside", "inside")}
    run.states = [
        StateChange(seconds(4), "a", State.MASTER, "outside"),
        StateChange(seconds(5), "a", State.BACKUP, "inside"),
    ]
    words = texts(drawn(run))

    assert {"outside", "inside", "MASTER", "BACKUP"} <= set(words)


def test_a_run_without_any_event_is_still_a_picture() -> None:
    words = texts(drawn(Record("192.0.2.100", ("a", "b"), ("rs1", "rs2"), 0)))

    assert "No takeover was seen." in words


def test_words_with_markup_in_them_are_escaped() -> None:
    run = complete(failover())
    run.title = "a < b & c"

    assert "a < b & c" in texts(drawn(run))


def test_an_embedded_picture_brings_no_headline_and_no_style() -> None:
    picture = drawn(complete(failover()), embedded=True)

    assert picture.find(f"{SVG}style") is None
    assert "Made up" not in texts(picture)
