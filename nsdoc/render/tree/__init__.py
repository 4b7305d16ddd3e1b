"""From document trees to pages, with docutils alone; Sphinx's nodes are known by their names."""
