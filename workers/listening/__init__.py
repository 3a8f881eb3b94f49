"""Listening: one keeper an account, that holds its lease and starts its stream again after every fault."""
