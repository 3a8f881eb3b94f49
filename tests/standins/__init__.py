"""Stand-ins for outside services, speaking their documented protocols over loopback."""
