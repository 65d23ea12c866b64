"""The register that is not there: the ATOL web server, its driver, a cash register and an FN, rebuilt from the reference."""
