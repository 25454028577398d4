"""The language server: the protocol in front of ``pykeepalived.lsp``.  Needs the extra ``lsp`` (pygls)."""
