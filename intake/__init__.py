"""The ground floor: the words of the field, the ports, the door and the store. Imports nothing of ours."""
