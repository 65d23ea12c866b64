"""The driver: JSON tasks turned into what the register does."""
