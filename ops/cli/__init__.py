"""The operator's commands: `fiscalq …`. Typer reads them, rich shows them; the work is done a floor below."""
