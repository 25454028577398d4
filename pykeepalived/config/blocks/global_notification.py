"""``global_defs``: mail, scripts and FIFOs."""

from __future__ import annotations

from pykeepalived.config.actions.accounts import check_script_user, fifo_account, global_script, notify_script
from pykeepalived.config.actions.vrrp import mail_server, not_empty_at_close
from pykeepalived.config.blocks.global_process import ProcessSettings
from pykeepalived.config.kinds.network import MailServerKind, NameKind
from pykeepalived.config.kinds.numbers import Bool, Uint
from pykeepalived.config.kinds.script import AccountKind, FifoKind, ScriptLine
from pykeepalived.config.kinds.text import Email, OptionalText, Text
from pykeepalived.config.schema import Repeat, block, flag, keyword, lines
from pykeepalived.config.values import Account, Fifo, MailServer, Name, Script


@block("global_defs", abstract=True)
class NotificationSettings(ProcessSettings):
    """Mail, scripts and FIFOs."""

    use_symlink_paths: bool = keyword(
        "use_symlink_paths",
        Bool(),
        default=False,
        doc="Run scripts by their symlink path, not the resolved one",
    )
    set_supplementary_groups: bool = keyword(
        "set_supplementary_groups",
        Bool(),
        default=False,
        doc="Give scripts the user's supplementary groups",
    )
    router_id: str | None = keyword(
        "router_id",
        Text(missing=5),
        default_text="host name",
        doc="Name used in mails and logs",
    )
    notification_email_from: str | None = keyword(
        "notification_email_from",
        Email(missing=5),
        default_text="user@host name",
        doc="Sender of mails; extra words give an error",
    )
    smtp_server: MailServer | None = keyword(
        "smtp_server",
        MailServerKind(),
        default_text="none (mail off); port 25",
        handler=mail_server,
        doc="Mail relay; names are resolved while parsing",
    )
    smtp_helo_name: str | None = keyword(
        "smtp_helo_name",
        OptionalText(),
        default_text="host name",
        doc="HELO name; a bare keyword is silently ignored",
    )
    smtp_connect_timeout: int = keyword(
        "smtp_connect_timeout",
        Uint(0, 4294, zero_becomes=1),
        default=30,
        doc="Seconds; 0 gives an error and becomes 1",
    )
    notification_email: tuple[Name, ...] = lines(
        "notification_email",
        NameKind(),
        closing=not_empty_at_close,
        doc="Recipients; quote an entry that has a display name",
    )
    smtp_alert: bool | None = keyword(
        "smtp_alert",
        Bool(),
        doc="Default for all smtp_alert settings",
    )
    startup_script: Script | None = keyword(
        "startup_script",
        ScriptLine(missing=5),
        repeat=Repeat.FIRST,
        handler=global_script,
        doc="Run once before the children start",
    )
    startup_script_timeout: int = keyword(
        "startup_script_timeout",
        Uint(1, 1000, missing=5),
        default=10,
        doc="Seconds allowed",
    )
    shutdown_script: Script | None = keyword(
        "shutdown_script",
        ScriptLine(missing=5),
        repeat=Repeat.FIRST,
        handler=global_script,
        doc="Run once after the children end",
    )
    shutdown_script_timeout: int = keyword(
        "shutdown_script_timeout",
        Uint(1, 1000, missing=5),
        default=10,
        doc="Seconds allowed",
    )
    smtp_alert_vrrp: bool | None = keyword(
        "smtp_alert_vrrp",
        Bool(),
        doc="Default for VRRP mails",
    )
    smtp_alert_checker: bool | None = keyword(
        "smtp_alert_checker",
        Bool(),
        doc="Default for checker mails",
    )
    checker_log_all_failures: bool = keyword(
        "checker_log_all_failures",
        Bool(),
        default=False,
        doc="Log each failed check, not only transitions",
    )
    no_email_faults: bool = flag(
        "no_email_faults",
        doc="No mail for FAULT",
    )
    notify_fifo: Fifo | None = keyword(
        "notify_fifo",
        FifoKind(missing=5),
        handler=fifo_account,
        repeat=Repeat.FIRST,
        doc="FIFO for all events; a bad user is logged only and drops the FIFO",
    )
    notify_fifo_script: Script | None = keyword(
        "notify_fifo_script",
        ScriptLine(missing=5),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Reader started by the daemon; FIFO path is its last argument",
    )
    vrrp_notify_fifo: Fifo | None = keyword(
        "vrrp_notify_fifo",
        FifoKind(missing=5),
        handler=fifo_account,
        repeat=Repeat.FIRST,
        doc="FIFO for VRRP events",
    )
    vrrp_notify_fifo_script: Script | None = keyword(
        "vrrp_notify_fifo_script",
        ScriptLine(missing=5),
        repeat=Repeat.FIRST,
        handler=notify_script,
        doc="Reader for vrrp_notify_fifo",
    )
    fifo_write_vrrp_states_on_reload: bool = flag(
        "fifo_write_vrrp_states_on_reload",
        doc="Repeat current states on the FIFO after reload",
    )
    lvs_notify_fifo: Fifo | None = keyword(
        "lvs_notify_fifo",
        FifoKind(missing=5),
        handler=fifo_account,
        repeat=Repeat.FIRST,
        doc="FIFO for checker events",
    )
    lvs_notify_fifo_script: Script | None = keyword(
        "lvs_notify_fifo_script",
        ScriptLine(missing=5),
        repeat=Repeat.FIRST,
        doc="Reader for lvs_notify_fifo",
    )
    script_user: Account | None = keyword(
        "script_user",
        AccountKind(missing=5),
        default_text="keepalived_script, else own user",
        handler=check_script_user,
        doc="Default account of scripts; must precede the scripts that rely on it",
    )
    enable_script_security: bool = flag(
        "enable_script_security",
        doc="Refuse root scripts whose path a non-root user could alter",
    )
    rs_init_notifies: bool = keyword(
        "rs_init_notifies",
        Bool(),
        default=False,
        doc="Run real server notifies at start",
    )
    no_checker_emails: bool = keyword(
        "no_checker_emails",
        Bool(),
        default=False,
        doc="Mail only when a real server is added or removed",
    )
