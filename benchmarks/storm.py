"""A storm of output beside a watch on the event loop: what is late in the server, and whose code was running.

One server with the extension; its kernel is driven over zmq. A thread in the server looks every 4 ms whether the
loop has moved. Where it has not for 50 ms, the report tells how much CPU time the server used meanwhile (little: the
machine was busy with others) and the innermost frames of its threads.

    python benchmarks/storm.py
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from recording import Server

LATE_S = 0.05
WATCH = """
import json, sys, threading, time

def watch(report):
    from jupyter_server.serverapp import ServerApp
    while not ServerApp.initialized() or not getattr(ServerApp.instance(), "io_loop", None):
        time.sleep(0.5)
    loop = ServerApp.instance().io_loop.asyncio_loop
    beat = [time.monotonic()]

    def tick():
        beat[0] = time.monotonic()
        loop.call_later(0.005, tick)

    loop.call_soon_threadsafe(tick)
    late, began, frames = 0.0, 0.0, []
    with open(report, "w") as file:
        while True:
            time.sleep(0.004)
            now = time.monotonic() - beat[0]
            if now > 0.02:
                if not late:
                    began, frames = time.process_time(), []
                late = now
                names = {thread.ident: thread.name for thread in threading.enumerate()}
                for ident, frame in sys._current_frames().items():
                    code = frame.f_code
                    place = f"{code.co_filename.rpartition('site-packages/')[2]}:{code.co_name}"
                    frames.append((names.get(ident, "?"), place))
            elif late:
                used = time.process_time() - began
                file.write(json.dumps({"late": late, "cpu": used, "frames": frames}) + "\\n")
                file.flush()
                late = 0.0

threading.Thread(target=watch, args=({report!r},), daemon=True, name="watch").start()
"""
STORY = {
    "1e6 lines": "for number in range(1_000_000): print('line', number)",
    "50,000 updates": "from IPython.display import display\n"
    "handle = display('first', display_id=True)\n"
    "for number in range(50_000): handle.update(str(number))",
    "200 MB of text": "for _ in range(20): print('x' * 10_000_000)",
    "8 charts of 3.6 MB": "import random\n"
    "for _ in range(8): display({'application/vnd.plotly.v1+json':"
    " {'data': [{'x': [random.random() for _ in range(180_000)]}]}}, raw=True)",
}


def reports(path: Path) -> list[dict[str, Any]]:
    """What the watch has seen so far that was late."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [found for found in map(json.loads, lines) if found["late"] >= LATE_S]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mlops-storm-", ignore_cleanup_errors=True) as home:
        server = Server("recorded", True, Path(home) / "recorded")
        report = Path(home) / "late.jsonl"
        config = Path(home) / "etc"
        config.mkdir()
        (config / "jupyter_server_config.py").write_text(
            WATCH.replace("{report!r}", repr(str(report)))
        )
        server.environment["JUPYTER_CONFIG_PATH"] = str(config)
        try:
            server.start()
            time.sleep(5)
            seen = len(reports(report))
            print(f"{'':<22}{'s':>8}{'late':>6}{'worst ms':>10}{'RSS MB':>8}")
            for name, code in {"1,000 cells": "", **STORY}.items():
                began = time.perf_counter()
                for number in range(1000) if not code else ():
                    server.run(f"x = {number}")
                if code:
                    server.run(code, timeout=600)
                time.sleep(2)
                found = reports(report)[seen:]
                seen += len(found)
                worst = max((item["late"] for item in found), default=0.0)
                assert server.process is not None
                memory = server.process.memory_info().rss >> 20
                print(
                    f"{name:<22}{time.perf_counter() - began:>8.1f}{len(found):>6}{worst * 1000:>10.0f}{memory:>8}"
                )
                for item in sorted(found, key=lambda item: -item["late"])[:3]:
                    frames = Counter(map(tuple, item["frames"]))
                    shown = "; ".join(
                        f"{thread}: {place}"
                        for (thread, place), _count in frames.most_common(20)
                        if thread == "MainThread" or "jupyterlab_mlops" in place
                    )
                    print(
                        f"    {item['late'] * 1000:.0f} ms late, {item['cpu'] * 1000:.0f} ms of CPU: {shown[:300]}"
                    )
        finally:
            server.stop()


if __name__ == "__main__":
    main()
