"""Exact Shapley values of LightGBM's trees, faster than LightGBM predicts.

Knows nothing of the rest of the project.
"""

from treue.models.treeshap.errors import TreeShapError
from treue.models.treeshap.explainer import Explained, Explainer, Grouped

__all__ = ["Explained", "Explainer", "Grouped", "TreeShapError"]
