"""Parts of ``rules/mismatched_loss.py``."""
