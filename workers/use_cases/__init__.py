"""The use cases: what people do, whether by button, page, API or command line. One file a subject."""
