"""Floor 0: what decides a receipt's fate. No I/O, no clock, no log; standard library and pydantic only."""
