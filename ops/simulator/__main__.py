"""`python -m ops.simulator`."""

from __future__ import annotations

import typer

from ops.simulator.command import simulator

if __name__ == "__main__":
    typer.run(simulator)
