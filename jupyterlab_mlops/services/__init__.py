"""The parts put together: what the server extension and the command line both run."""
