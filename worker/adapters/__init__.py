"""Floor 1: the register and the ledger behind the ports of the domain. They never import each other."""
