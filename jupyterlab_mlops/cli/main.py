"""The command line's grammar, and what every command has in common."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .. import __version__
from ..errors import MLOpsError
from ..store.store import Store
from . import configuration, doctor, doing, moving, reading, registering, reproducing, server

DONE, FAILED, WRONG = 0, 1, 2
Command = Callable[[Store, argparse.Namespace], int]


def parser() -> argparse.ArgumentParser:
    """The grammar; documented in docs/reference/cli.md."""
    top = argparse.ArgumentParser(
        prog="jupyter mlops",
        description="Experiment candidates of notebooks: run, look, compare, register, push.",
    )
    top.add_argument("--version", action="version", version=__version__)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print one JSON document")
    shared.add_argument(
        "--data-dir",
        type=Path,
        help="the store (default: that of the running server, else as configured)",
    )
    shared.add_argument(
        "--debug", action="store_true", help="log what is done to the standard error"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, call: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, parents=[shared])
        added.set_defaults(call=call)
        return added

    run = command("run", doing.run, "execute a notebook headless in a fresh kernel and record it")
    run.add_argument("notebook", type=Path)
    _pairs(
        run,
        "-p",
        "--parameter",
        names=("NAME", "VALUE"),
        text="set a parameter, after the cell tagged 'parameters'",
    )
    run.add_argument(
        "--output", type=Path, help="write the executed notebook here, also when it fails"
    )
    run.add_argument("--timeout", type=float, metavar="S", help="give up a cell after S seconds")
    run.add_argument("--kernel", help="name of the kernel (default: the notebook's)")

    listed = command("candidates", reading.candidates, "list candidates")
    listed.add_argument("--experiment", metavar="NAME")
    listed.add_argument(
        "--filter", metavar="EXPR", help='plain words, or for example "metrics.accuracy > 0.9"'
    )
    listed.add_argument(
        "--all", action="store_true", help="also children of searches and what is in the bin"
    )

    command("show", reading.show, "show one candidate in full").add_argument("id")
    command("compare", reading.compare, "show what differs between candidates").add_argument(
        "ids", nargs="+", metavar="id"
    )

    register = command(
        "register", registering.register, "register a candidate's model as a version"
    )
    register.add_argument("id")
    register.add_argument("--model", required=True, metavar="NAME")
    either = register.add_mutually_exclusive_group()
    either.add_argument("--version", dest="model_version", metavar="V")
    either.add_argument("--bump", choices=["patch", "minor", "major"])

    waiting = command(
        "registrations",
        registering.registrations,
        "list registrations that wait for a kernel of the running server",
    )
    waiting.add_argument("--cancel", metavar="ID", help="give one of them up")

    download = command(
        "download", registering.download, "write the files of a model version into a new folder"
    )
    download.add_argument("model")
    download.add_argument(
        "model_version", nargs="?", metavar="version", help="default: the newest complete one"
    )
    download.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: MODEL-VERSION here"
    )

    again = command(
        "reproduce",
        reproducing.reproduce,
        "run a candidate again in a fresh kernel and say whether it matches",
    )
    again.add_argument("id")
    _pairs(
        again,
        "-p",
        "--parameter",
        names=("NAME", "VALUE"),
        text="another value for a parameter; then nothing is expected to match",
    )
    again.add_argument(
        "--grid",
        nargs="+",
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="every combination of these values is run",
    )
    again.add_argument("--parallel", type=int, metavar="N", help="kernels at a time (default: 2)")
    again.add_argument("--timeout", type=float, metavar="S", help="give up a run after S seconds")
    _pairs(
        again,
        "--tolerance",
        names=("METRIC", "DISTANCE"),
        text="how far a metric may be from the original's; METRIC '*' means all others",
    )
    again.add_argument(
        "--as-it-ran",
        action="store_true",
        help="repeat the executions in their order, not the notebook from top to bottom",
    )

    command("models", reading.models_, "list models and versions").add_argument("name", nargs="?")

    sync = command("sync", doing.sync, "push what is queued")
    sync.add_argument(
        "--wait", action="store_true", help="until everything is pushed or needs a person"
    )
    sync.add_argument("--timeout", type=float, default=600, metavar="S")

    gone = command(
        "delete-remote", doing.delete_remote, "delete in GitLab, for good; here it stays"
    )
    gone.add_argument("kind", choices=["candidate", "version", "model"])
    gone.add_argument("id", help="a candidate's id, NAME@1.2.3 of a version, or a model's name")
    gone.add_argument("--remote", metavar="NAME", help="one connection (default: all that have it)")

    command("status", doing.status, "show queue, remote and recorder")
    command("doctor", doctor.doctor, "check configuration, connection, scopes and kernels")
    export = command("export", moving.export, "write everything to a zip of JSON lines and files")
    export.add_argument("--output", type=Path, metavar="FILE")
    command("import", moving.import_, "bring an export in").add_argument("file", type=Path)
    return top


def _pairs(to: argparse.ArgumentParser, *flags: str, names: tuple[str, str], text: str) -> None:
    """An option with two values, which may be given several times."""
    to.add_argument(*flags, nargs=2, action="append", default=[], metavar=names, help=text)


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
