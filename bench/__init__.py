"""The benchmarks: the limits of this machine, a naive stack and lead-intake side by side. `python -m bench`."""
