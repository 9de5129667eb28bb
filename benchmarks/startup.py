"""How much later JupyterLab is there because of the extension, and what of it a page loads at the start.

    python benchmarks/startup.py [--rounds 12] [--warm]

Two servers, one with the extension and one where both its halves are off. Chromium opens them in turn, each time as a
new visitor (``--warm``: with what its cache kept), until JupyterLab says that it is restored and shows its launcher.
Prints the medians and their difference, and the scripts that were loaded of ours; exits 1 where a goal is missed:
100 ms, 80 kB (gzip). Needs ``ui-tests`` installed (``make test-browser``) and a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
from pathlib import Path

from _lab import browser, lab

MOST_LATER_MS = 100
MOST_KB = 80
BUILT = Path(__file__).parents[1] / "jupyterlab_mlops" / "labextension" / "static"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--warm", action="store_true", help="with a warm cache")
    parser.add_argument(
        "--labextensions", type=Path, help="a directory with another build of the extension"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        servers = {
            name: lab(
                Path(folder) / name, extension=name == "with", labextensions=arguments.labextensions
            )
            for name in ("with", "without")
        }
        try:
            for server in servers.values():
                server.start()
            found = browser(
                "startup",
                servers=[
                    {"name": name, "url": server.url, "token": server.token}
                    for name, server in servers.items()
                ],
                rounds=arguments.rounds,
                warm=arguments.warm,
            )
        finally:
            for server in servers.values():
                server.stop()
    middle = {name: statistics.median(times) for name, times in found["times"].items()}
    for name, times in sorted(found["times"].items()):
        listed = " ".join(f"{time:.0f}" for time in sorted(times))
        print(f"{name:8} median {middle[name]:6.0f} ms   ({listed})")
    later = middle["with"] - middle["without"]
    good = verdict("JupyterLab is later by", later, MOST_LATER_MS, "ms")
    built = (
        arguments.labextensions / "jupyterlab-mlops" / "static"
        if arguments.labextensions
        else BUILT
    )
    sizes = {name: len(gzip.compress((built / name).read_bytes())) for name in found["loaded"]}
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        print(f"{size / 1000:8.1f} kB  {name}")
    good &= verdict("loaded at the start", sum(sizes.values()) / 1000, MOST_KB, "kB")
    sys.exit(0 if good else 1)


def verdict(what: str, value: float, most: float, unit: str) -> bool:
    """Print a value beside its goal; whether it is met."""
    met = value <= most
    print(f"{'PASS' if met else 'FAIL'}  {what}: {value:.0f} {unit} (goal: at most {most} {unit})")
    return met


if __name__ == "__main__":
    main()
