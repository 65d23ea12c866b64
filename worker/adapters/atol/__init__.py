"""The register's adapter: the JSON tasks of ATOL's web server, both generations of its HTTP API."""
