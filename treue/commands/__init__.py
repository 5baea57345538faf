"""The commands of ``treue``, one a module, each with `command` as its click command."""
