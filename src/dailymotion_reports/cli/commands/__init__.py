"""One module per verb, each loaded when its command is called."""
