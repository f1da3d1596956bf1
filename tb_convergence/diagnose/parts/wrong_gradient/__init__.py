"""Parts of ``rules/wrong_gradient.py``."""
