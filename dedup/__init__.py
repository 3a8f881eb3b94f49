"""Who is this: contact points, names, scoring, a decision with reasons. Pure."""
