"""On which kind of disk a file lies, by the system's table of mounts."""

from pathlib import Path

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gfs2", "ocfs2"}
)
"""Kinds of disk that several machines share, on which file locks are promises at best."""


def network_disk(path: Path, mounts: Path) -> str:
    """The kind of network disk that ``path`` lies on, or nothing where it lies on none or nobody can tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    found = [parts for line in lines if len(parts := line.split(" ")) > 2]
    real = path.resolve()
    under = [(Path(_unescaped(parts[1])), parts[2]) for parts in found]
    holding = [(point, kind) for point, kind in under if point == real or point in real.parents]
    kind = max(holding, key=lambda one: len(one[0].parts), default=(Path(), ""))[1]
    return kind if kind in NETWORK or kind.startswith("fuse.") else ""


def _unescaped(text: str) -> str:
    """A path of the table, in which blanks are written as octal numbers."""
    for code in ("\\040", "\\011", "\\012", "\\134"):
        text = text.replace(code, chr(int(code[1:], 8)))
    return text
