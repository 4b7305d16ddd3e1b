"""Random walks: the same calls on two kernels, outcome by outcome."""
