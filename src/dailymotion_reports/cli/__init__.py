"""The door for people: the command ``dmr``.  It parses, calls the workspace, and prints."""
