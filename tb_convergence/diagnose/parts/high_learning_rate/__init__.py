"""Parts of ``rules/high_learning_rate.py``."""
