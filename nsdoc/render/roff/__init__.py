"""A model of a man page, and its printer; neither knows where the page comes from."""
