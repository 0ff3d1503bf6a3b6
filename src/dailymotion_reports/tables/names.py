"""How the relations of a recipe and their columns are called in SQL: bare names, in lower case."""


def relation(n: int) -> str:
    """The name of a piece's rows."""
    return f"p{n}"


def looked_up(n: int, k: int) -> str:
    """The name of what a piece looks up, for the k-th of its keys."""
    return f"p{n}_l{k}"


def dimension(name: str) -> str:
    """The column of a dimension."""
    return f"d_{name.lower()}"


def metric(name: str) -> str:
    """The column of a metric."""
    return f"m_{name.lower()}"
