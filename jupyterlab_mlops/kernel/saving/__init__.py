"""Writing a model for registration, and loading it back where the notebook is not."""
