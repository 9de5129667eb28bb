"""Training: which calls and loops it is, and what frameworks tell of it."""
