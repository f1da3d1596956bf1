"""Recording under Keras' ``fit``: ``ConvergenceCallback``."""
