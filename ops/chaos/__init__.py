"""Chaos on real processes: faults drawn by a seed, thrown at a shop that runs, and a checker that counts the paper."""
