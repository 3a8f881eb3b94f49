"""Settings and logging. Imports nothing of ours; read by workers.bootstrap, `up` and `check`."""
