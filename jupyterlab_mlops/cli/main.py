"""What every command has in common: the store it works on, its log, its errors and exit codes."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import MLOpsError
from ..store.store import Store
from . import configuration, server
from .grammar import Command, parser

DONE, FAILED, WRONG = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 failed, 2 wrong usage)."""
    try:
        args = parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0) if isinstance(ended.code, int) or ended.code is None else WRONG
    logging.basicConfig(level=logging.DEBUG if args.debug else logging.ERROR, stream=sys.stderr)
    try:
        settings = configuration.settings()
        explicit = args.data_dir is not None
        args.settings = settings
        args.server = server.find(args.data_dir.expanduser() if explicit else None)
        if explicit:
            settings.data_dir = str(args.data_dir)
        elif args.server is not None:
            settings.data_dir = str(args.server.data_dir)
        store = Store(Path(settings.data_dir).expanduser())
        try:
            call: Command = args.call
            return call(store, args)
        finally:
            store.close()
    except MLOpsError as failure:
        if args.json:
            error = {"code": failure.code, "message": failure.message, "details": failure.details}
            print(json.dumps({"error": error}, default=str))
        print(f"jupyter mlops: {failure.message}", file=sys.stderr)
        return WRONG if failure.code == "invalid_value" else FAILED
    except BrokenPipeError:  # `… | head` has seen enough
        return DONE
    except OSError as failure:
        print(f"jupyter mlops: {failure}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return FAILED
