"""A process that pushes what a data directory has queued, to be killed: ``python pusher.py DATA_DIR``."""

from __future__ import annotations

import logging
import sys

from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync import backoff
from jupyterlab_mlops.sync.worker import Worker


def main() -> None:
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    backoff.BASE_S = 0.02
    store = Store(sys.argv[1])
    worker = Worker(store, timeout_s=5)
    worker.start_sync()
    print("pushing", flush=True)
    report = worker.sync_now(wait=True, timeout_s=120)
    worker.stop_sync()
    store.close()
    print("done" if report["done"] else report, flush=True)


if __name__ == "__main__":
    main()
