"""`custom`: any JSON, XML or form webhook by a mapping in the configuration; shipped mappings are read alike."""
