"""The wizard's panes: one a step, each showing a slice of the setup and reporting edits."""
