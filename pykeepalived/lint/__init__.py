"""The linter: rules over what was written (document) and what it means (configuration).

``finding`` values, ``rule`` what a rule is, ``engine`` runs them, ``suppress`` comments that silence one,
``baseline`` known findings, ``reports/`` one file per output format, ``rules/<family>/`` one file per rule.
Pure: files, host questions and the command line are the business of :mod:`pykeepalived.cli.lint`.
"""
