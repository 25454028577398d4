"""What an editor asks about keepalived.conf, answered from the tree, the schema and the linter.

Nothing here knows the protocol, a socket or a clock: places are :class:`pykeepalived.base.span.Span` (lines
and columns in characters, from 1), and ``positions`` turns them into what the protocol counts.  The server
itself is ``pykeepalived.cli.language_server``.

==============  =========================================================================================
``positions``   our lines and columns to the protocol's and back (UTF-16 and others)
``overlay``     unsaved text in front of the files on disk
``refers``      which word of which keyword names what kind of thing
``index``       a configuration as entries, names and scopes by place
``variables``   ``$NAME``: definitions and uses in the raw text
``project``     which main file a file belongs to, its trees, its findings; cached for one state of the text
``navigate``    definition, references, rename
``hover``       what stands under the cursor
``complete``    what may stand at the cursor
``outline``     blocks of a file as symbols
``changes``     edits of texts: fixes, suppressions, layout
==============  =========================================================================================
"""
