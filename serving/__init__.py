"""From a champion to explained scores."""
