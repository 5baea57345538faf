"""From a panel to a tracked, compared and promoted model."""
