"""Scenarios: what is done to a site, and what is expected of it, one short sentence a line. Pure.

    title  The Master loses power and comes back
    start all
    wait ready
    let old be master
    kill old
    wait service
    expect takeover on time
    expect lost at most 200

:data:`FORMS` is the whole language; a line that fits none of them is reported with its place and with what
could stand there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from pykeepalived.base.diagnostic import Diagnostic, Severity
from pykeepalived.base.span import Span

# lower case: this word; a|b: one of these; UPPER CASE: a value; [ ]: may be left out.
FORMS: dict[str, str] = {
    "title TEXT": "the headline of the report",
    "about TEXT": "a sentence for `lab scenarios` (may come again)",
    "needs COUNT directors|servers": "the site must have at least so many",
    "needs service": "there must be something for the client to ask",
    "needs keepalived": "the real keepalived must be installed",
    "let NAME be master|backup": "a name for whoever is that now",
    "let NAME be server": "a name for the first real server that has answered",
    "start all|WHO [with PROGRAM]": "start the daemon (pykeepalived or keepalived)",
    "stay [TIME]": "let it run; without a time as long as --phase says",
    "wait ready [within TIME]": "one owner, no election pending, every server answers",
    "wait service [within TIME]": "every server that is up answers, nothing fails for a second",
    "wait owner WHO [within TIME]": "the virtual addresses are on that director and nowhere else",
    "wait advert WHO": "just after its next advert",
    "kill WHO": "power failure: SIGKILL to everything on the machine, its cables dead",
    "boot WHO": "the machine comes back, with nothing remembered, and starts its daemon",
    "crash WHO": "SIGKILL to the daemon only; the machine keeps its addresses",
    "stop WHO": "SIGTERM to the daemon, wait until it has ended",
    "launch WHO": "start a daemon that was stopped or crashed",
    "reload WHO": "SIGHUP",
    "stall WHO": "SIGSTOP to all of the daemon: a hung disk, a frozen machine",
    "resume WHO": "SIGCONT",
    "suspend WHO": "the whole machine stands still, as a suspended virtual machine: no packet in or out",
    "wake WHO": "it goes on",
    "disk full|hung|slow|fine WHO": "its disk (/run: pid files, notes, a log file) has no space, does not "
    "answer, or only for a tenth of each second",
    "log stuck|slow|fine WHO": "the reader of its log takes nothing, or 2.5 kB a second; the pipe is full",
    "clock forward|back TIME": "the wall clock jumps, that of a whole guest or of directors on their own",
    "link down|up WHO [INTERFACE]": "the cable of one interface, or of all",
    "partition WHO": "it and the other directors no longer hear each other; the client notices nothing",
    "lose from WHO to WHO": "nothing of the first one's reaches the second; the other way it does",
    "heal": "the network is whole again",
    "server down|up SERVER": "the server process of a real server dies, or returns",
    "switch WHO to PROGRAM": "SIGTERM, then the other daemon on the same file",
    "expect owner WHO": "now the virtual addresses are on that director and nowhere else",
    "expect owners COUNT": "now so many directors have the address (2: split brain)",
    "expect takeover on time [within TIME]": "since the last deed, in the protocol's time, at most so late",
    "expect no takeover": "since the last deed nobody else became owner",
    "expect lost at most COUNT": "requests that failed since the last deed",
    "expect outage at most TIME": "longest time without an answer since the last deed",
    "expect steady": "since the last wait: nothing failed, each server got its share",
    "expect silence from WHO": "since the last wait it sent no advert",
    "expect adverts from WHO": "since the last wait it sent some",
    "expect nothing for SERVER": "since the last wait it got no request",
}
VALUES = {
    "WHO": "a director (a, b, … or a name from `let`), `master` or `backup`",
    "SERVER": "a real server (rs1, … or a name from `let`)",
    "TIME": "a time such as `4 s` or `500 ms`",
    "COUNT": "a number",
    "PROGRAM": "pykeepalived or keepalived",
    "NAME": "a new name",
    "INTERFACE": "an interface of that machine",
    "TEXT": "some words",
}
PROGRAMS = ("pykeepalived", "keepalived")
RESERVED = ("master", "backup", "all", "server")
_TIME = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>s|ms)?$")
_NAME = re.compile(r"[a-z][a-z0-9_-]*$", re.IGNORECASE)
Value = str | float | int


@dataclass(frozen=True, slots=True)
class Step:
    """One line. ``form`` is its form; ``values`` what stood for its words in capitals, in their order.

    Alternatives (``down|up``) are values too; an optional part that was left out gives none.
    Times are seconds.
    """

    form: str
    values: tuple[Value, ...]
    text: str
    line: int
    places: tuple[tuple[str, int], ...] = ()
    """For each value the word of the form that it stood for, and its column."""

    @property
    def verb(self) -> str:
        return self.form.split()[0]


@dataclass(frozen=True, slots=True)
class Needs:
    directors: int = 1
    servers: int = 0
    service: bool = False
    keepalived: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    title: str
    about: str
    needs: Needs
    steps: tuple[Step, ...]

    def does(self, verb: str) -> bool:
        """Whether one of its lines begins with that word."""
        return any(step.verb == verb for step in self.steps)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class _Fitted:
    value: Value
    token: str
    column: int


@dataclass(frozen=True, slots=True)
class _Refusal:
    """How far a form fitted, and what it wanted there."""

    reached: int
    wanted: str


def parse(text: str, file: str, name: str) -> tuple[Scenario, tuple[Diagnostic, ...]]:
    """The scenario and what is wrong with the text; with any error the scenario is not to be played."""
    steps: list[Step] = []
    errors: list[Diagnostic] = []
    known = set(RESERVED)
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0]
        words = [_Word(found[0], found.start() + 1) for found in re.finditer(r"\S+", line)]
        if not words:
            continue
        step = _step(words, line.strip(), number)
        if isinstance(step, Step):
            steps.append(step)
            if step.form.startswith("let "):
                known.add(str(step.values[0]))
        else:
            errors.append(_complaint(words, step, file, number))
    if not errors and not any(step.verb == "expect" for step in steps):
        errors.append(
            Diagnostic(
                "scenario-expects-nothing",
                Severity.ERROR,
                "the scenario expects nothing, it could not fail",
                Span(file, max(1, len(text.splitlines())), 1, 2),
                hint="add a line such as `expect takeover on time`",
            )
        )
    return _scenario(name, steps), tuple(errors)


def _scenario(name: str, steps: list[Step]) -> Scenario:
    needs = Needs()
    for step in steps:
        if step.form.startswith("needs COUNT"):
            count, kind = int(step.values[0]), step.values[1]
            needs = Needs(
                max(needs.directors, count) if kind == "directors" else needs.directors,
                max(needs.servers, count) if kind == "servers" else needs.servers,
                needs.service,
                needs.keepalived,
            )
        elif step.form == "needs service":
            needs = Needs(needs.directors, needs.servers, True, needs.keepalived)
        elif step.form == "needs keepalived":
            needs = Needs(needs.directors, needs.servers, needs.service, True)
    titles = [str(step.values[0]) for step in steps if step.verb == "title"]
    about = " ".join(str(step.values[0]) for step in steps if step.verb == "about")
    played = tuple(step for step in steps if step.verb not in ("title", "about", "needs"))
    return Scenario(name, titles[0] if titles else name, about, needs, played)


def _step(words: list[_Word], text: str, line: int) -> Step | list[_Refusal]:
    refusals = []
    for form in FORMS:
        fitted = _fit(form, words)
        if isinstance(fitted, list):
            places = tuple((one.token, one.column) for one in fitted)
            return Step(form, tuple(one.value for one in fitted), text, line, places)
        refusals.append(fitted)
    return refusals


def _fit(form: str, words: list[_Word]) -> list[_Fitted] | _Refusal:
    """The values of a line that has this form, or where it stopped fitting."""
    values: list[_Fitted] = []
    at = 0
    optional = False
    for raw in form.split():
        if raw.startswith("["):
            optional = True
            if at == len(words):
                break
        token = raw.strip("[]")
        if token == "TEXT":
            if at == len(words):
                return _Refusal(at, VALUES[token])
            values.append(_Fitted(" ".join(word.text for word in words[at:]), token, words[at].column))
            return values
        if at == len(words):
            return _Refusal(at, _wanted(token))
        if token == "TIME" and at + 1 < len(words) and words[at + 1].text in ("s", "ms"):
            value = _value(token, words[at].text + words[at + 1].text)
            taken = 2
        else:
            value, taken = _value(token, words[at].text), 1
        if value is None:
            return _Refusal(
                at, ("end of line or " if optional and raw.startswith("[") else "") + _wanted(token)
            )
        if token != token.lower() or "|" in token:
            values.append(_Fitted(value, token, words[at].column))
        at += taken
    if at < len(words):
        return _Refusal(at, "end of line")
    return values


def unknown_names(
    scenario: Scenario, file: str, directors: Collection[str], servers: Collection[str]
) -> list[Diagnostic]:
    """Directors and servers that the scenario names and the site does not have."""
    found = []
    given: set[str] = set()
    for step in scenario.steps:
        for value, (token, column) in zip(step.values, step.places, strict=True):
            name = str(value)
            wanted = {"WHO": directors, "all|WHO": [*directors, "all"], "SERVER": servers}.get(token)
            if token == "NAME":
                given.add(name)
            elif wanted is not None and name not in {*wanted, *given, "master", "backup"}:
                kind = "real server" if token == "SERVER" else "director"
                known = ", ".join([*(servers if token == "SERVER" else directors), *sorted(given)])
                found.append(
                    Diagnostic(
                        "scenario-unknown-name",
                        Severity.ERROR,
                        f"there is no {kind} '{name}' here; known are {known or 'none'}",
                        Span(file, step.line, column, column + len(name)),
                    )
                )
    return found


def _wanted(token: str) -> str:
    return VALUES.get(token) or " or ".join(VALUES.get(part, f"`{part}`") for part in token.split("|"))


def _value(token: str, word: str) -> Value | None:
    """What a word stands for at this place of a form; None: it may not stand there."""
    for part in token.split("|"):
        if part == part.lower():
            if word == part:
                return word
        elif part == "TIME":
            if found := _TIME.match(word):
                return float(found["number"]) / (1000 if found["unit"] == "ms" else 1)
        elif part == "COUNT":
            if word.isdecimal():
                return int(word)
        elif part == "PROGRAM":
            if word in PROGRAMS:
                return word
        elif part == "NAME":
            if _NAME.match(word) and word not in RESERVED:
                return word
        elif _NAME.match(word) or (part == "INTERFACE" and word.isprintable()):
            return word
    return None


def _complaint(words: list[_Word], refusals: list[_Refusal], file: str, line: int) -> Diagnostic:
    furthest = max(refusal.reached for refusal in refusals)
    wanted = list(dict.fromkeys(refusal.wanted for refusal in refusals if refusal.reached == furthest))
    hint = None
    if furthest < len(words):
        word = words[furthest]
        span = Span(file, line, word.column, word.column + len(word.text))
        said = f"'{word.text}' cannot stand here"
        bare = [part for text in wanted for part in re.findall(r"`(\S+)`", text)]
        close = get_close_matches(word.text, bare, n=1)
        hint = f"did you mean '{close[0]}'?" if close else None
    else:
        last = words[-1]
        end = last.column + len(last.text)
        span = Span(file, line, end, end + 1)
        said = "the line is not complete"
    return Diagnostic(
        "scenario-syntax",
        Severity.ERROR,
        f"{said}; expected {', '.join(_shortened(wanted))}",
        span,
        hint=hint,
    )


def _shortened(wanted: list[str]) -> Iterator[str]:
    """All verbs would be a long list: name them without the quotes."""
    if len(wanted) > 4:
        yield "one of " + " ".join(sorted(text.replace("`", "") for text in wanted))
    else:
        yield from wanted
