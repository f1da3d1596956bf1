"""Parts of ``rules/low_learning_rate.py``."""
