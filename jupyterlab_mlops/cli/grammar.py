"""The command line's grammar: every command with its arguments; documented in docs/reference/cli.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from .. import __version__
from ..store.store import Store
from . import doctor, doing, moving, reading, registering, reproducing

Command = Callable[[Store, argparse.Namespace], int]
#: Adds a command: its name, what it calls, what it does in words.
Add = Callable[[str, Command, str], argparse.ArgumentParser]


def parser() -> argparse.ArgumentParser:
    """The grammar. ``call`` of what is parsed is the command."""
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

    _run(command)
    _candidates(command)
    _versions(command)
    _reproduce(command)
    command("models", reading.models_, "list models and versions").add_argument("name", nargs="?")
    _gitlab(command)
    command("status", doing.status, "show queue, remote and recorder")
    command("doctor", doctor.doctor, "check configuration, connection, scopes and kernels")
    _moving(command)
    return top


def _run(command: Add) -> None:
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
    run.add_argument("--timeout", type=float, metavar="S", help="give the run up after S seconds")
    run.add_argument("--kernel", help="name of the kernel (default: the notebook's)")


def _candidates(command: Add) -> None:
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


def _versions(command: Add) -> None:
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


def _reproduce(command: Add) -> None:
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


def _gitlab(command: Add) -> None:
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


def _moving(command: Add) -> None:
    export = command("export", moving.export, "write everything to a zip of JSON lines and files")
    export.add_argument("--output", type=Path, metavar="FILE")
    command("import", moving.import_, "bring an export in").add_argument("file", type=Path)


def _pairs(to: argparse.ArgumentParser, *flags: str, names: tuple[str, str], text: str) -> None:
    """An option with two values, which may be given several times."""
    to.add_argument(*flags, nargs=2, action="append", default=[], metavar=names, help=text)
