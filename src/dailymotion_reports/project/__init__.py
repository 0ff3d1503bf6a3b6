"""Standing orders: the datasets of a project's ``dmr.toml``, and which of their days are to be asked for."""
