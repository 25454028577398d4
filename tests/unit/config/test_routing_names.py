"""Names of tables, protocols and so on that a host has of its own, in the files of iproute2."""

from __future__ import annotations

from pathlib import Path

import pytest

from pykeepalived.cli.host import RealHost
from pykeepalived.config.load import load
from pykeepalived.config.values import RouteLine, RuleLine
from pykeepalived.syntax.source import DictLoader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rt_tables").write_text(
        "255 local\n# a comment\n0x64\tisp1   # the first one\n101 isp2 extra\n"
    )
    (tmp_path / "rt_tables.d").mkdir()
    (tmp_path / "rt_tables.d/more.conf").write_text("102 isp3\nword isp4\n")
    (tmp_path / "rt_tables.d/unused").write_text("103 isp5\n")
    (tmp_path / "rt_realms").write_text("7 office\n")
    return tmp_path


def lines(folder: Path, text: str) -> tuple[list[RouteLine], list[RuleLine], list[str]]:
    whole = f"global_defs {{\niproute_etc_dir {folder}\n}}\n{text}"
    loaded = load("/k.conf", DictLoader({"/k.conf": whole}), host=RealHost())
    said = [one.message for one in loaded.diagnostics if "not yet acted" not in one.message]
    return list(loaded.config.static_routes), list(loaded.config.static_rules), said


def test_a_name_of_the_host_is_its_number(folder: Path) -> None:
    routes, rules, said = lines(
        folder,
        "static_routes {\n203.0.113.0/28 dev lo table isp1 realms office\n}\n"
        "static_rules {\nfrom 203.0.113.0/28 table isp3 realms 3/office priority 5\n}\n",
    )
    assert [] == said
    assert (("100",), ("7",)) == (routes[0].get("table"), routes[0].get("realms"))
    assert (("102",), ("3/7",)) == (rules[0].get("table"), rules[0].get("realms"))


def test_names_that_everybody_knows_stay_as_they_are_written(folder: Path) -> None:
    routes, _, _ = lines(folder, "static_routes {\n203.0.113.0/28 dev lo table main scope link\n}\n")
    assert (("main",), ("link",)) == (routes[0].get("table"), routes[0].get("scope"))


@pytest.mark.parametrize("name", ["isp2", "isp4", "isp5", "isp6"])
def test_a_name_that_no_file_gives_is_an_error(folder: Path, name: str) -> None:
    routes, _, said = lines(folder, f"static_routes {{\n203.0.113.0/28 dev lo table {name}\n}}\n")
    assert [] == routes
    assert 1 == len(said)
    assert f"'{name}' is not" in said[0]
