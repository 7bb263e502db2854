"""Whole screens. They own the workers; their widgets only draw and report."""
