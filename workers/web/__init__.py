"""The web face: the way in for webhooks, the API and the pages, on one aiohttp server."""
