"""Tests, benchmarks and races of JetScale."""
