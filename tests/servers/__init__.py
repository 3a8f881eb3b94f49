"""Private real servers for the tests: started as children on ephemeral ports, gone with the test run."""
