"""The ops pages and the HTTP API: reads through a port, writes through the same use cases as everybody else."""
