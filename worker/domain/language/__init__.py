"""The language of JSON tasks: its words, its shapes, and the rules between them (reference §8, §9)."""
