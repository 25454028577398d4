"""From bytes to a tree of statements that remembers where everything stood.

    document = parse("/etc/keepalived/keepalived.conf", loader, config_id="lb1")
    document.children, document.diagnostics, document.sources
    for token in flatten(document): …            # the same as a flat stream, in source order

=================  ======================================================================================
``nodes``          the tree: Document, Block, Statement (``span(i)`` says where word ``i`` stands)
``flat``           the tree as keepalived sees it: a stream of statements and braces
``source``         the ``Loader`` through which files, environment and chance arrive; ``DictLoader`` for tests
``lines``          bytes to physical lines: length limit, NUL, CR, comments, pragma comments
``definitions``    ``$NAME=…`` and ``$NAME``, with the built-ins
``conditions``     ``@id`` lines
``sequences``      ``~SEQ`` and ``~LST``
``includes``       ``include`` and its variants
``preprocess``     all of these in keepalived's order: files to logical lines
``splitting``      a line to words, by the plain and by the script rules
``parser``         logical lines to tokens, tokens through ``grammar/keepalived.lark`` to the tree
``format``         a file in canonical layout
=================  ======================================================================================

No keyword is known here but the three that steer the reader itself: ``include…``, ``include_check`` and
``random_seed``.  A mistake in a file is a Diagnostic, never an exception.
"""
