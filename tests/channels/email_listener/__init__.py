"""The listener of mailboxes, against real servers and a misbehaving one."""
