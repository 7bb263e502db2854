"""As much PromQL as rules of prometheus-adapter use: selectors, aggregations, arithmetic."""
