"""The model kernel by itself."""
