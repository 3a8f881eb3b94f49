"""The dashboard: pages, API, access and the reads beneath them."""
