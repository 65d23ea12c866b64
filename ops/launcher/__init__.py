"""What run.py stands on: from a fresh clone to an environment, with the standard library alone."""
