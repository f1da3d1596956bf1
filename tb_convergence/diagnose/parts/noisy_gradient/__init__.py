"""Parts of ``rules/noisy_gradient.py``."""
