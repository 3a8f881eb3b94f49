"""The processes, the pipeline and the composition root. Imports everything; nobody imports it."""
