"""Stand before a server's kernel manager: kernels are started with our environment, and ends are known before they come.

Methods are wrapped on the instance, which leaves a user's own kernel manager class alone. ``start_kernel`` is the one
path of sessions, ``/api/kernels`` and other extensions, and jupyter_client keeps its arguments for restarts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager

from .launch import BOOT_TRAIT, Launch, Launcher, is_python

#: Called with the kernel id and its launch once the kernel has been started.
Started = Callable[[str, Launch | None], Awaitable[None]]


def wrap(
    kernel_manager: Any,
    launcher: Launcher,
    started: Started,
    starting: set[str],
    ready: Callable[[], Awaitable[None]],
    log: logging.Logger,
) -> Callable[[], None]:
    """Wrap ``kernel_manager.start_kernel``; returns a function that takes the wrapper off again.

    ``starting`` holds the ids of kernels that are on their way through the wrapper; ``ready`` waits, not for long,
    until there is something to start them with. Whatever goes wrong here, the kernel is started as it would have
    been without us.
    """
    original = kernel_manager.start_kernel

    async def start_kernel(*args: Any, **kwargs: Any) -> str:
        kernel_id = kwargs.get("kernel_id")
        if kernel_id is not None and kernel_id in kernel_manager:
            return str(await original(*args, **kwargs))
        launch: Launch | None = None
        await ready()
        try:
            # Kernelspecs and files: not on the event loop.
            kwargs, launch = await asyncio.to_thread(_prepared, kernel_manager, launcher, kwargs)
        except Exception:
            log.exception("jupyterlab-mlops: a kernel is started without recording its meaning")
        chosen = str(kwargs.get("kernel_id"))
        starting.add(chosen)
        try:
            kernel_id = str(await original(*args, **kwargs))
            try:
                await started(kernel_id, launch)
            except Exception:
                log.exception("jupyterlab-mlops: kernel %s is not recorded", kernel_id)
        finally:
            starting.discard(chosen)
        return kernel_id

    kernel_manager.start_kernel = start_kernel

    def unwrap() -> None:
        if kernel_manager.start_kernel is start_kernel:
            kernel_manager.start_kernel = original

    return unwrap


def _prepared(
    kernel_manager: Any, launcher: Launcher, kwargs: dict[str, Any]
) -> tuple[dict[str, Any], Launch]:
    """The caller's keyword arguments with ours added."""
    name = kwargs.get("kernel_name") or kernel_manager.default_kernel_name
    spec = (kernel_manager.kernel_spec_manager or KernelSpecManager()).get_kernel_spec(name)
    kernel_id = kwargs.get("kernel_id") or kernel_manager.new_kernel_id(**kwargs)
    arguments = list(kwargs.get("extra_arguments") or [])
    taken = any(BOOT_TRAIT.rpartition(".")[2] in text or text == "-c" for text in arguments)
    launch = launcher.prepare(
        kernel_id, python=is_python(spec) and not taken, env=kwargs.get("env"), spec_env=spec.env
    )
    added = {"kernel_id": kernel_id, "env": launch.env}
    if launch.arguments:
        added["extra_arguments"] = [*arguments, *launch.arguments]
    return {**kwargs, **added}, launch


def before(
    manager: Any, method: str, first: Callable[[str], Awaitable[None]]
) -> Callable[[], None]:
    """Have ``first(kernel_id)`` run before a method of the kernel manager; returns the undoing."""
    original = getattr(manager, method)

    async def wrapped(kernel_id: str, *args: Any, **kwargs: Any) -> Any:
        try:
            await first(kernel_id)
        except Exception:
            logging.getLogger(__name__).exception("jupyterlab-mlops: before %s", method)
        result = original(kernel_id, *args, **kwargs)
        return await result if asyncio.iscoroutine(result) or asyncio.isfuture(result) else result

    setattr(manager, method, wrapped)

    def undo() -> None:
        if getattr(manager, method) is wrapped:
            setattr(manager, method, original)

    return undo
