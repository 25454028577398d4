"""How scripts and check programs are started: which file, as whom, with which environment and umask.

Who starts them and what becomes of them is in ``notify`` (scripts) and ``checkers`` (MISC_CHECK).
"""
