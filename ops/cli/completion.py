"""What the shell completes: the names of the registers that are set up."""

from __future__ import annotations


def register_names(incomplete: str) -> list[str]:
    """Give the names that begin so; none when the settings are wrong, since a completion cannot complain."""
    from worker.app.settings import load_settings
    from worker.domain.errors import ConfigError

    try:
        return [name for name in sorted(load_settings().registers) if name.startswith(incomplete)]
    except ConfigError:
        return []
