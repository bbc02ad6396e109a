"""Benchmarks: every figure the documentation names comes out of one of these commands."""
