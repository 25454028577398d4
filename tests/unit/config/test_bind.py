"""How statements become blocks, and how mistakes are survived as keepalived survives them."""

import importlib.util
from pathlib import Path

import pytest

from pykeepalived.config.load import load_text

_spec = importlib.util.spec_from_file_location("support_config", Path(__file__).parent / "support_config.py")
support = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(support)

INSTANCE = """vrrp_instance A {
    interface eth0
    virtual_router_id 7
    virtual_ipaddress {
        192.0.2.1/24
    }
}
"""


def complaints(text):
    """(line, code) of everything keepalived would complain about, in order of lines."""
    loaded = support.load_here(text)
    return sorted(
        (d.span.line if d.span else 0, d.code)
        for d in {f.diagnostic for f in loaded.findings if f.diagnostic.exit_class}
    )


class TestValues:
    def test_a_value_and_its_place(self):
        instance = load_text(INSTANCE).config.vrrp_instances[0]

        assert 7 == instance.virtual_router_id
        assert "keepalived.conf:3:23" == str(instance.span_of("virtual_router_id"))
        assert not instance.is_set("priority")

    def test_the_last_of_several_values_counts(self):
        defs = load_text("global_defs {\n router_id a\n router_id b\n}\n").config.global_defs

        assert "b" == defs.router_id

    def test_the_first_notify_script_counts_and_the_second_is_an_error(self):
        secure = "global_defs {\n enable_script_security\n script_user root\n}\n"
        text = secure + INSTANCE.replace(
            "    virtual_r", "    notify /usr/bin/true\n    notify /x\n    virtual_r"
        )

        assert [(8, "repeated-keyword")] == complaints(text)
        assert "/usr/bin/true" == load_text(text).config.vrrp_instances[0].notify.command

    def test_an_alias_sets_the_attribute_of_the_first_name(self):
        text = "virtual_server 192.0.2.1 80 {\n lvs_sched sh\n real_server 192.0.2.2 80 {\n }\n}\n"

        assert "sh" == load_text(text).config.virtual_servers[0].lb_algo

    def test_two_global_defs_blocks_add_up(self):
        text = "global_defs {\n router_id a\n}\nglobal_defs {\n vrrp_version 3\n}\n"
        defs = load_text(text).config.global_defs

        assert ("a", 3) == (defs.router_id, defs.vrrp_version)

    def test_global_defs_after_an_instance_still_give_its_defaults(self):
        text = INSTANCE + "global_defs {\n vrrp_garp_master_delay 9\n}\n"

        assert 9 == load_text(text).config.vrrp_instances[0].garp_master_delay

    def test_an_extension_is_a_pragma_comment(self):
        text = "global_defs {\n # pykeepalived: ipvs_follows_vrrp false\n}\n"

        assert load_text(text).config.global_defs.ipvs_follows_vrrp is False

    def test_an_extension_outside_a_comment_is_unknown(self):
        assert [(2, "unknown-keyword")] == complaints("global_defs {\n ipvs_follows_vrrp false\n}\n")

    def test_an_unknown_extension_is_a_warning_and_nothing_for_keepalived(self):
        loaded = load_text("global_defs {\n # pykeepalived: ipvs_folows_vrrp false\n}\n")

        assert ["unknown-extension"] == [d.code for d in loaded.diagnostics]
        assert 0 == loaded.exit_status
        assert "did you mean ipvs_follows_vrrp?" == loaded.diagnostics[0].hint


class TestRecovery:
    def test_every_error_of_a_file_is_found_in_one_run(self):
        text = INSTANCE.replace("7", "300") + "global_defs {\n router_idd x\n vrrp_version 4\n}\n"

        assert {(3, "number-range"), (9, "unknown-keyword"), (10, "number-range")} <= set(complaints(text))

    def test_a_misspelt_block_is_read_as_part_of_the_enclosing_level(self):
        text = "vrrp_instanze A {\n interface eth0\n}\n"

        assert [
            (1, "unexpected-brace"), (1, "unknown-keyword"), (2, "unknown-keyword"), (3, "stray-brace"),
        ] == complaints(text)  # fmt: skip

    def test_the_brace_of_a_misspelt_inner_block_closes_the_enclosing_one(self):
        text = INSTANCE.replace("virtual_ipaddress", "virtual_ipadress") + "vrrp_version 3\n"

        assert (7, "stray-brace") in complaints(text)

    def test_a_missing_word_stops_keepalived_and_not_us(self):
        text = "global_defs {\n vrrp_version\n vrrp_strict maybe\n}\n"
        loaded = support.load_here(text)

        assert 2 == loaded.exit_status
        assert ["missing-word"] == support.codes(loaded)
        assert ["missing-word", "not-a-boolean"] == [d.code for d in loaded.errors]

    def test_what_an_earlier_reader_said_stays_when_a_later_one_stops(self):
        text = INSTANCE.replace("interface eth0", "interface") + "virtual_server 192.0.2.1 80 {\n nix\n}\n"

        assert {(2, "missing-word"), (9, "unknown-keyword")} <= set(complaints(text))

    def test_a_second_instance_of_a_name_is_skipped_as_a_whole(self):
        text = INSTANCE + INSTANCE.replace("virtual_router_id 7", "nonsense")

        assert [(8, "duplicate-name")] == complaints(text)

    def test_a_block_left_open_ends_with_the_file(self):
        loaded = load_text(INSTANCE.rstrip().removesuffix("}"))

        assert "A" == loaded.config.vrrp_instances[0].name
        assert 5 == loaded.exit_status

    def test_words_after_the_needed_ones_are_ignored(self):
        assert [] == complaints("global_defs {\n startup_script_timeout 5 6 7\n}\n")

    def test_a_value_block_without_its_brace_takes_the_lines_all_the_same(self):
        text = INSTANCE.replace("virtual_ipaddress {", "virtual_ipaddress")

        assert "192.0.2.1/24" == str(load_text(text).config.vrrp_instances[0].virtual_ipaddress[0])

    def test_a_tracker_must_be_defined_before_it_is_used(self):
        text = INSTANCE.replace("    virtual_r", "    track_script {\n        s\n    }\n    virtual_r")
        script = "vrrp_script s {\n script /usr/bin/true\n}\n"

        assert "unknown-name" in [d.code for d in load_text(text + script).diagnostics]
        assert "unknown-name" not in [d.code for d in load_text(script + text).diagnostics]

    def test_deep_nesting_is_no_problem(self):
        loaded = load_text("a {\n" * 5000)

        assert 5 == loaded.exit_status


class TestDidYouMean:
    @pytest.mark.parametrize(
        ("word", "hint"),
        [
            ("prioritty", "did you mean priority?"),
            ("Interface", "did you mean interface?"),
            ("lb_algo", "lb_algo belongs in virtual_server; is a closing brace wrong?"),
            ("xyzzy", None),
        ],
    )
    def test_the_hint_names_a_near_keyword_or_its_home(self, word, hint):
        text = INSTANCE.replace("    virtual_router_id 7", f"    virtual_router_id 7\n    {word} 1")
        found = next(d for d in load_text(text).diagnostics if d.code == "unknown-keyword")

        assert hint == found.hint


class TestNotices:
    def test_a_keyword_nobody_acts_on_is_named_once_and_changes_no_exit_status(self):
        text = INSTANCE.replace("    virtual_r", "    debug 1\n    debug 2\n    virtual_r")
        loaded = support.load_here(text)
        notices = [d for d in loaded.diagnostics if d.code == "not-acted-on" and "debug" in d.message]

        assert 0 == loaded.exit_status
        assert 1 == len(notices)
        assert 3 == notices[0].span.line
        assert "2 times" in notices[0].message
