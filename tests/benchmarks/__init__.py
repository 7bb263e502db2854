"""How fast JetScale is, each figure with the bar it has to reach.

    python -m tests.benchmarks [NAME…] [--json FILE]

One module in `measures` is one benchmark: its name with dashes is the benchmark's, and its
`measure()` returns a `Figure`. Nothing has to be registered.
"""

# Before whatever imports Textual: what is measured is drawn as often as the product is.
import jetscale_tui.tui  # noqa: F401
