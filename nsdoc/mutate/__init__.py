"""Mutation: the model broken one rule at a time, and the claims that notice.

`mutant` makes mutants, `baseline` runs claims on the model as it is, `matrix` on each mutant,
and `report` says which claims are vacuous and which rules undocumented.
"""
