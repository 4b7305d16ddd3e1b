"""What an example costs: nsdoc beside other tools and beside C, measured in one run.

``make bench`` runs it; docs/development/benchmarks.rst says how, and shows what came of it.
"""
