"""A shop on virtual time: the real loop, two workers, a register and a network that may do anything, by a seed."""
