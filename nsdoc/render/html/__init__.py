"""Pages as HTML: where claims stand, what is said of them, and how it looks."""
