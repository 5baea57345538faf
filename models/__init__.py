"""Calibrated models, their metrics and explanations."""
