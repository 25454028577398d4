"""Which account runs a script, and whether that account exists.

Without ``user`` and ``script_user`` the account is keepalived_script; when that does not exist, scripts run
as the daemon itself, unless enable_script_security makes it an error.
"""

from __future__ import annotations

from typing import Any

from pykeepalived.config.frame import Frame
from pykeepalived.config.schema import REJECTED, Keyword
from pykeepalived.config.values import DEFAULT_USER, Account
from pykeepalived.syntax.nodes import Statement


def account_problem(site: Frame, account: Account) -> tuple[str, str] | None:
    """What is wrong with an account, as (diagnostic code, why); None when it is usable or nobody can be
    asked."""
    host = site.context.host
    if account.user.isdigit() or (account.group or "").isdigit():
        return "numeric-account", "users and groups are given by name, not by number"
    if host is None:
        return None
    if not host.user_exists(account.user):
        return "unknown-account", f"there is no user {account.user}"
    if account.group and not host.group_exists(account.group):
        return "unknown-account", f"there is no group {account.group}"
    return None


def check_account(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """``user`` of a tracked script or MISC_CHECK: an unknown one removes the whole object."""
    problem = account_problem(site, value)
    if problem:
        code, why = problem
        site.error(code, why, statement, 1, consequence="the script is removed")
        site.scratch["removed"] = True
        return REJECTED
    return value


def check_script_user(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """``script_user``: an unknown one leaves scripts without an account."""
    problem = account_problem(site, value)
    if problem:
        code, why = problem
        site.error(
            code, f"script_user: {why}", statement, 1,
            consequence="scripts without a user of their own are removed",
        )  # fmt: skip
        site.context.account = False
        return REJECTED
    return value


def default_account_fails(site: Frame, place: Statement | None) -> bool:
    """Whether a script without an account of its own has none.

    keepalived complains about the missing keepalived_script once, at the line (or closing brace) of the
    first script that needs it.
    """
    if site.context.account is None:
        # Within global_defs what stands above counts.
        values = site.values if site.schema.name == "global_defs" else site.context.global_values
        host = site.context.host
        site.context.account = True
        if host is not None and "script_user" not in values and values.get("enable_script_security"):
            site.context.account = host.user_exists(DEFAULT_USER)
            if not site.context.account:
                text = f"the user {DEFAULT_USER} does not exist, who would run scripts"
                hint = "create the user, or name another with script_user in global_defs"
                if place is None:
                    site.error_at_close("no-script-user", text, hint=hint)
                else:
                    site.error("no-script-user", text, place, 1, hint=hint)
    return not site.context.account


def fifo_account(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A pipe without an owner of its own needs the account of scripts."""
    if keyword.attribute not in site.where and value.user is None and default_account_fails(site, statement):
        return REJECTED
    return value


def notify_script(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A notify script: an unknown account drops it, which keepalived only logs."""
    if keyword.attribute in site.where:
        return value  # a repetition: the binder says so
    if value.account is not None:
        problem = account_problem(site, value.account)
        if problem:
            code, why = problem
            site.error(
                code, f"{statement.keyword}: {why}", statement, 2,
                consequence="the script is left out", exit_class=0,
            )  # fmt: skip
            return REJECTED
    elif default_account_fails(site, statement):
        return REJECTED
    return value


def global_script(site: Frame, keyword: Keyword, statement: Statement, value: Any) -> Any:
    """A script of global_defs: here an unknown account is an error.  script_user must come before."""
    if keyword.attribute in site.where:
        return value
    if value.account is not None:
        problem = account_problem(site, value.account)
        if problem:
            code, why = problem
            site.error(
                code, f"{statement.keyword}: {why}", statement, 2,
                consequence="the script is left out",
            )  # fmt: skip
            return REJECTED
    return value
