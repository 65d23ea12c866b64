"""What `fiscalq doctor` looks at; the command itself is `ops/cli/commands/doctor.py`."""
