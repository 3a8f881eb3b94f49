"""Which deal, whose, what next - and the outside CRMs."""
