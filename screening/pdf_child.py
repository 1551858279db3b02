"""Reads one PDF from standard input in a process of its own, with little memory and time, so that a bad file harms nobody.

`count` prints {"pages": n}; `draw N WIDTH` prints page N (from 1) as PNG, WIDTH pixels wide. Any failure is exit status 1.
"""

import io
import json
import resource
import sys

MEMORY_BYTES = 1536 * 2**20
CPU_SECONDS = 20


def main(arguments: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
        if arguments[0] == "count":
            sys.stdout.write(json.dumps({"pages": len(document)}))
            return 0
        page = document[int(arguments[1]) - 1]
        image = page.render(scale=max(0.1, min(6.0, int(arguments[2]) / page.get_width()))).to_pil()
        png = io.BytesIO()
        image.convert("RGB").save(png, "PNG", optimize=False)
        sys.stdout.buffer.write(png.getvalue())
        return 0
    except (pypdfium2.PdfiumError, IndexError, ValueError, MemoryError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
