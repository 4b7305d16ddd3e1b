"""Running examples: each in a process of its own, watched by a small process that forks it."""
