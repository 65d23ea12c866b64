"""`fiscalq drill`: ten faults at a simulated register, and what the operator would do about each."""
