"""``python -m tests.gitlab_fake --port 8929``: a GitLab to point the extension at; ends with the terminal."""

from __future__ import annotations

import argparse
import json
import signal
import threading

from . import GitLabFake


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--profile", choices=("older", "newest"), default="newest")
    parser.add_argument("--project", default="group/demo")
    parser.add_argument("--more", nargs="*", default=[], help="further projects")
    parser.add_argument("--token", default="", help="the token to accept; default: a new one")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    args = parser.parse_args()
    fake = GitLabFake(args.profile, project=args.project, port=args.port, token=args.token)
    for path in args.more:
        fake.add_project(path)
    fake.instance.latency_s = args.latency_ms / 1000
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with fake:
        print(
            json.dumps({"url": fake.url, "token": fake.token, "project": fake.project}), flush=True
        )
        done.wait()


if __name__ == "__main__":
    main()
