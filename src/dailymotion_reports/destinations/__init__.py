"""Where tables go.  One short interface; each destination is loaded when its scheme is first used."""
