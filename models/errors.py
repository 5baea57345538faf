"""Errors of the models, which know nothing of tables."""


class ModelError(ValueError):
    """A panel or a model that cannot be used as asked; the message says why and how to mend it."""


class BundleError(ModelError):
    """A folder that is not, or no longer, a bundle as it was saved."""
