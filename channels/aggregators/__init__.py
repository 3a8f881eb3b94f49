"""Aggregators: services that bring messages of many messengers under one webhook."""
