"""The operator's page: `fiscalq console`."""
