"""The Redis that jobs are trusted to: its settings, its access rights, and one to try things on."""
