"""What can be configured, once: as traits for the server (``c.MLOpsExtension.…``) and the command line."""

from __future__ import annotations

from pathlib import Path

from jupyter_core.paths import jupyter_data_dir
from traitlets import Bool, Enum, Float, HasTraits, Int, Unicode, default


class MLOpsSettings(HasTraits):
    """The traits of ``MLOpsExtension``. A mixin: nothing here starts anything."""

    data_dir = Unicode(
        help="Where everything is kept: the database ``mlops.db`` and ``blobs/``. "
        "Default: ``<jupyter data dir>/mlops``.",
    ).tag(config=True)

    recording = Enum(
        ["auto", "manual", "off"],
        default_value="auto",
        help="What is recorded: ``auto`` (every notebook run), ``manual`` (only candidates that the code opens "
        "itself, by MLflow or the kernel API), ``off``.",
    ).tag(config=True)

    sync = Enum(
        ["auto", "manual", "off"],
        default_value="auto",
        help="Pushing to GitLab: ``auto`` (candidates when they end, once connected), ``manual`` (when asked), "
        "``off``.",
    ).tag(config=True)

    gitlab_url = Unicode(
        help="The GitLab instance. Default: GITLAB_URL, else CI_SERVER_URL, else python-gitlab's configuration, "
        "else the notebook repository's remote.",
    ).tag(config=True)

    gitlab_project = Unicode(
        help="The GitLab project, by path or id. Default: GITLAB_PROJECT, else CI_PROJECT_PATH, else the notebook "
        "repository's remote.",
    ).tag(config=True)

    gitlab_ca_bundle = Unicode(
        help="A file of certificates to trust for GitLab. Default: the system's.",
    ).tag(config=True)

    gitlab_timeout_s = Float(60.0, help="How long one request to GitLab may stay silent (s).").tag(
        config=True
    )

    upload_concurrency = Int(4, min=1, max=32, help="How many files are uploaded at a time.").tag(
        config=True
    )

    max_output_kb = Int(
        1024,
        min=1,
        help="Output of one cell that is kept whole (kB); beyond it head, tail and hash.",
    ).tag(config=True)

    max_artifact_mb = Int(
        512, min=1, help="The largest file that is captured as an artifact (MB)."
    ).tag(config=True)

    capture_files = Bool(
        True,
        help="Whether files that a notebook reads and writes are captured as inputs and artifacts.",
    ).tag(config=True)

    capture_system = Bool(
        True, help="Whether CPU, memory and GPU use is sampled while a model trains."
    ).tag(config=True)

    autolog = Bool(
        True,
        help="Whether MLflow's autologging may add to what is captured, where a notebook itself imports MLflow.",
    ).tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(Path(jupyter_data_dir()) / "mlops")
