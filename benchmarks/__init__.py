"""Measurements, side by side: ``python -m benchmarks`` lists them, RESULTS.md keeps the figures."""
