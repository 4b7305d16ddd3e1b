"""The commands of nsdoc(1), a module each.

A module has ``configure(parser)``, which adds options and sets ``action``,
a function of the parsed arguments and the terminal that gives the exit status.
"""
