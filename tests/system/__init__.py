"""The whole system as its users meet it: started by its command, spoken to over the network, killed."""
