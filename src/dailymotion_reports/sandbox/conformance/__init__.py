"""Conformance: harmless conversations with a Reporting API, recorded as shapes and compared shape by shape."""
