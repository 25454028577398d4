"""The blocks of the language, one file each: every keyword is declared exactly once, here."""
