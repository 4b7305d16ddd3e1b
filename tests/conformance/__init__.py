"""The same calls on the live kernel and on the model, with the same answers."""
