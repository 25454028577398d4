"""``@id text`` and ``@^id text``: lines for one configuration-id, or for all but one."""

from __future__ import annotations

import re

from pykeepalived.syntax.draft import Draft

_CONDITION = re.compile(r"@(\^?)([^ \t]*)[ \t]+")


def apply_condition(draft: Draft, config_id: str | None) -> Draft | None:
    """The line without its prefix, or None when it is not for ``config_id``.

    A prefix with nothing after it (``@a``) and ``@ a text`` never hold.  Only one prefix is looked at.
    """
    if not draft.text.startswith("@"):
        return draft
    match = _CONDITION.match(draft.text)
    if match is None:
        return None
    same = config_id is not None and match[2] == config_id
    if same == bool(match[1]):
        return None
    return draft.cut(match.end())
