"""A watch on a server's event loop, as text of a configuration file: when the loop was late, and who held it.

A thread in the server looks every 4 ms whether the loop has moved. Where it has not for 20 ms, it notes how long, how
much CPU time the main thread and the threads of jupyterlab-mlops had meanwhile, and how much of the main thread's was
within our code (by samples of its stack). Lateness without CPU time is the machine being busy with others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SOURCE = '''
import json, os, sys, threading, time


def _watch(report):
    from jupyter_server.serverapp import ServerApp

    while not ServerApp.initialized() or not getattr(ServerApp.instance(), "io_loop", None):
        time.sleep(0.2)
    loop = ServerApp.instance().io_loop.asyncio_loop
    beat = [0.0]

    def tick():
        beat[0] = time.monotonic()
        loop.call_later(0.005, tick)

    def used():
        """CPU seconds of the main thread and of ours."""
        main = ours = 0.0
        for thread in threading.enumerate():
            if thread is threading.main_thread() or thread.name.startswith("mlops"):
                try:
                    with open(f"/proc/self/task/{thread.native_id}/schedstat") as file:
                        spent = int(file.read().split()[0]) / 1e9
                except OSError:
                    continue
                if thread is threading.main_thread():
                    main += spent
                else:
                    ours += spent
        return main, ours

    main_id = threading.main_thread().ident
    loop.call_soon_threadsafe(tick)
    while not beat[0]:  # the server is starting
        time.sleep(0.01)
    late, before, at, samples, inside, places = 0.0, used(), time.monotonic(), 0, 0, {}
    with open(report, "a") as file:
        while True:
            time.sleep(0.004)
            now = time.monotonic()
            if now - beat[0] > 0.02:
                late = now - beat[0]
                frame = sys._current_frames().get(main_id)
                samples += 1
                names = []
                mine = ""
                while frame is not None:
                    name = frame.f_code.co_filename
                    shown = f"{name.rpartition('site-packages/')[2][-50:]}:{frame.f_code.co_name}"
                    if not mine and "jupyterlab_mlops" in name:
                        mine = shown
                    names.append(shown)
                    frame = frame.f_back
                inside += bool(mine)
                place = " < ".join([*names[:3], "...", mine])
                if mine:
                    places[place] = places.get(place, 0) + 1
            elif late:
                main, ours = used()
                main, ours = main - before[0], ours - before[1]
                file.write(json.dumps({
                    "late": late, "main": main, "threads": ours, "within": main * inside / max(1, samples),
                    "places": sorted(places, key=places.get)[-2:] or [place],
                }) + "\\n")
                file.flush()
                late, samples, inside, places = 0.0, 0, 0, {}
                before, at = used(), now
            elif now - at > 0.01:
                before, at = used(), now


threading.Thread(target=_watch, args=(REPORT,), daemon=True, name="watch").start()
'''

#: From how long on the loop was blocked (s).
LATE_S = 0.05


def install(directory: Path, report: Path) -> dict[str, str]:
    """Write the configuration file; returns the environment that makes a server read it."""
    directory.mkdir(parents=True, exist_ok=True)
    source = f"REPORT = {str(report)!r}\n{_SOURCE}"
    (directory / "jupyter_server_config.py").write_text(source)
    return {"JUPYTER_CONFIG_PATH": str(directory)}


def late(report: Path) -> Iterator[dict[str, Any]]:
    """The times when the loop was late by more than :data:`LATE_S`; ``ours``: seconds that are to our account."""
    for line in report.read_text().splitlines() if report.exists() else ():
        try:
            seen = json.loads(line)
        except ValueError:
            continue  # the server was killed as it wrote
        if seen["late"] >= LATE_S:
            yield {**seen, "ours": min(seen["late"], seen["within"] + seen["threads"])}
