"""One file for each finding, named as it is; each holds a ``RULE``. See ``rule.py``."""
