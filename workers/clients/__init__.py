"""The client base: importing, exporting, looking for duplicates, erasing."""
