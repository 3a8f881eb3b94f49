"""Who is this: contact points, names, scoring, a decision with reasons. Pure: no store, no clock, no network.

The way through, for one inquiry and for a batch alike:

    subject = subject_of(inquiry, company)            # points: what is evidence, what is not and why
    wanted = lookup_keys(subject)                     # keys: what must be read, in four set-based statements
    known = Known(by_key=..., holders=..., name_counts=..., total=..., verdicts=...)   # the store fills it
    resolution = resolve(subject, known, thresholds)  # resolver: same, possible or new, with reasons

    index_keys(card)    # keys: the rows a card has in the key index
    name_tokens(card)   # keys: the tokens it adds to the name counts
    memory_keys(subject)  # keys: under these a human's "same" or "different" is remembered

`match` (the command) runs the same functions over dictionaries in memory: see `matching`.
"""
