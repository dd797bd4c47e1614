"""Benchmarks: each side by side with its peer, in one run, on one machine; figures are ratios."""
