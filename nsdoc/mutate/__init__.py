"""Mutation: the model broken one rule at a time, and the claims that notice."""
