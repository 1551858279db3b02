"""Where an embedded installation's servers listen, as `manage.py up` wrote it down for its sibling commands."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Runtime:
    """Addresses of one running embedded installation; the empty value means that none is running."""

    socket_dir: str = "/nonexistent"
    postgres_port: int = 5432
    redis_url: str = "redis://127.0.0.1:6379/0"
    url: str = ""
    pid: int = 0

    FILE = "runtime.json"

    @classmethod
    def read(cls, data_dir: Path) -> "Runtime":
        try:
            return cls(**json.loads((data_dir / cls.FILE).read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, data_dir: Path) -> None:
        """Replace the file in one step, readable by its owner only: the address of the queue holds a password."""
        draft = data_dir / f"{self.FILE}.new"
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(asdict(self), indent=1))
        draft.replace(data_dir / self.FILE)
