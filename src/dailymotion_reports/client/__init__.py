"""The two shells that drive the conversations: ``Client`` and ``AsyncClient``.  They only speak."""
