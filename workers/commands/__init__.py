"""The subcommands, one module a group of them: each reads its options, calls what does the work, prints."""
