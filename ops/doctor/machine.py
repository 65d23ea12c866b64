"""
What can be seen on the machine where the register's web server runs, when that is this one.

Two troubles that its users tell of: Java of another bitness than the driver, so that the service cannot load it; and a
local program that holds the port before the service comes.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

DRIVERS = (
    Path("/usr/lib/libfptr10.so"),
    Path("/usr/lib64/libfptr10.so"),
    Path("/usr/lib/x86_64-linux-gnu/libfptr10.so"),
    Path(r"C:\Program Files\ATOL\Drivers10\KKT\bin\fptr10.dll"),
    Path(r"C:\Program Files (x86)\ATOL\Drivers10\KKT\bin\fptr10.dll"),
)  # where the vendor's installers are known to put it
LISTENING = "0A"  # TCP_LISTEN in /proc/net/tcp
HEAD_BYTES = 4096  # a PE header begins well inside it
PE_BITS = {0x014C: 32, 0x8664: 64, 0xAA64: 64}  # machine field of the COFF header
EI_CLASS = 4  # where an ELF header says it
ELF_BITS = {1: 32, 2: 64}


def is_here(host: str) -> bool:
    """Whether this host name is this machine's loopback."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def bits_of(program: Path) -> int | None:
    """Give the bitness of a program or library, 32 or 64; None for what is neither ELF nor PE."""
    try:
        with program.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return None
    if head.startswith(b"\x7fELF"):
        return ELF_BITS.get(head[EI_CLASS]) if len(head) > EI_CLASS else None
    with suppress(struct.error):
        if head[:2] == b"MZ":
            (at,) = struct.unpack_from("<I", head, 0x3C)
            signature, machine = struct.unpack_from("<4sH", head, at)
            return PE_BITS.get(machine) if signature == b"PE\0\0" else None
    return None


def java_bits(search: str | None = None) -> int | None:
    """Give the bitness of the Java that is found first; `search` is a PATH, by default this process's."""
    found = shutil.which("java", path=search)
    return bits_of(Path(found).resolve()) if found else None


def driver_bits(places: Iterable[Path] = DRIVERS) -> frozenset[int]:
    """Give the bitness of each driver library that is installed."""
    return frozenset(bits for bits in map(bits_of, places) if bits)


def listener(port: int) -> str | None:
    """Give name and process id of the program that listens at a port here; None where the system does not tell."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    sockets.add(f"socket:[{fields[9]}]")
    if not sockets:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            if sockets & set(_opened(process)):
                return f"{(process / 'comm').read_text(encoding='utf-8', errors='replace').strip()} ({process.name})"
    return None


def _opened(process: Path) -> Iterator[str]:
    for opened in (process / "fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            yield str(opened.readlink())
