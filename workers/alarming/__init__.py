"""Alarms: the signs are read, the rules judge them, people are told - in the clock process."""
