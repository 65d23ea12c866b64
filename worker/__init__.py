"""fiscalq's worker: from an accepted job to paper."""
