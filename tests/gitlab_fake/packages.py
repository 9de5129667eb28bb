"""Package files: ml_models and generic uploads and downloads, listings, and the object storage beside."""

from __future__ import annotations

import hashlib
import re
import secrets
import urllib.parse
from pathlib import Path
from typing import Any

from tornado.web import RequestHandler, stream_request_body

from .base import Handler, ProjectHandler
from .state import DEVELOPER, GUEST, MAINTAINER, REPORTER, Package, PackageFile, Project, Refusal

FILE_NAME = re.compile(r"[A-Za-z0-9._+ -]+\Z")
GENERIC_NAME = re.compile(r"[A-Za-z0-9._+-]+\Z")


@stream_request_body
class UploadHandler(Handler):
    """Receives a body of any size on disk, hashing on the way; :meth:`open` refuses early."""

    def initialize(self) -> None:
        self._file: Any = None
        self._size = 0

    async def before(self) -> None:
        if self.request.method != "PUT":
            return
        self.request.connection.set_max_body_size(64 * 1024**3)  # type: ignore[attr-defined]
        self.open_upload(*[self.decode_argument(p) for p in self.path_args])
        if int(self.request.headers.get("Content-Length", "0")) > self.instance.max_file_size:
            raise Refusal(400, {"message": "400 Bad request - Artifact file is too large"})
        self._path = self.instance.files / secrets.token_hex(12)
        self._file = self._path.open("wb")
        self._hash = hashlib.sha256()

    def open_upload(self, *args: str) -> None:
        raise NotImplementedError

    def data_received(self, chunk: bytes) -> None:
        if self._file is not None and not self._file.closed:
            self._file.write(chunk)
            self._hash.update(chunk)
            self._size += len(chunk)

    def on_connection_close(self) -> None:
        if self._file is not None:
            self._file.close()
        self.aborted()

    def on_finish(self) -> None:
        if self._file is not None:
            self._file.close()
        self.aborted()

    def aborted(self) -> None:
        """The request is over, in whatever way."""

    def stored(self, name: str) -> PackageFile:
        self._file.close()
        return PackageFile(
            self.instance.next_id(), name, self._size, self._hash.hexdigest(), self._path
        )

    def send_file(self, file: PackageFile) -> None:
        if self.instance.direct_download:
            url = self.fake.object_store.url_of(file.blob)
            if self.instance.storage_on_same_host:
                url = self.fake.url + urllib.parse.urlsplit(url).path
            self.redirect(url)
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Disposition", "attachment")
        self.finish(file.blob.read_bytes())


class MLModelFile(UploadHandler):
    """Parameters are checked before the token; Bearer is the only header read."""

    creating = False

    def target(self, project: Project, where: str) -> tuple[Package | None, Any]:
        """(package, run or version); a missing package of a run is made by the first upload."""
        if where.startswith("candidate:"):
            iid = where.removeprefix("candidate:")
            run = project.run_by_iid(int(iid)) if iid.isdigit() else None
            if run is None:
                raise Refusal(404, {"message": "404 Not Found"})
            return run.package, run
        version = project.version(int(where)) if where.isdigit() else None
        if version is None:
            raise Refusal(404, {"message": "404 Not Found"})
        return version.package, version

    def names(self, rest: str) -> str:
        segments = [urllib.parse.unquote(s) for s in rest.split("/")]
        if not FILE_NAME.match(segments[-1]) or "/" in segments[-1]:
            raise Refusal(400, {"error": "file_name is invalid"})
        if any(s in ("", ".", "..") or "/" in s for s in segments):
            raise Refusal(400, {"error": "path should be a valid file path"})
        stored = urllib.parse.quote("/".join(segments), safe="")
        if len(stored) > 255:
            raise Refusal(400, {"message": {"file_name": ["is too long"]}})
        return stored

    def raw_rest(self) -> str:
        return self.request.path.split("/files/", 1)[1]

    def open_upload(self, ident: str, where: str, _rest: str) -> None:
        self.name = self.names(self.raw_rest())
        token = self.alive(self.token_given(bearer_only=True))
        self.scoped(token, ("api",))
        project = self.visible(ident, token.user_id)
        if project.archived or project.role(token.user_id) < DEVELOPER:
            raise Refusal(403, {"message": "403 Forbidden"})
        self.package, owner = self.target(project, where)
        self.owner, self.project = owner, project
        if self.package is None and not where.startswith("candidate:"):
            raise Refusal(400, {"message": "400 Bad request - Package creation failed"})
        if self.package is None:
            self.racing = id(owner) in self.fake.creating_packages
            self.fake.creating_packages.add(id(owner))
            self.creating = not self.racing

    def aborted(self) -> None:
        if self.creating:
            self.fake.creating_packages.discard(id(self.owner))
            self.creating = False

    def put(self, _ident: str, _where: str, _rest: str) -> None:
        if self.package is None:
            if self.racing:
                raise Refusal(500, {"message": "500 Internal Server Error"})
            run = self.owner
            model = run.experiment.model
            name = model.name if model else f"ml_experiment_{run.experiment.iid}"
            self.package = run.package = self.instance.new_package(
                self.project, name, f"candidate_{run.iid}", "ml_model"
            )
        if status := self.get_query_argument("status", ""):
            self.package.status = status
        self.package.files.append(self.stored(self.name))
        self.answer({"message": "201 Created"}, 201)

    def get(self, ident: str, where: str, _rest: str) -> None:
        name = self.names(self.raw_rest())
        token = self.token_given(bearer_only=True)
        if token is not None:
            self.alive(token)
            self.scoped(token, ("api", "read_api"))
        user = token.user_id if token else None
        project = self.visible(ident, user)
        if project.visibility != "public" and project.role(user) < GUEST:
            raise Refusal(403, {"message": "403 Forbidden"})
        package, _owner = self.target(project, where)
        for file in reversed(package.files if package else []):
            if file.name == name:
                self.send_file(file)
                return
        raise Refusal(404, {"message": "404 Not Found"})

    head = get


class GenericFile(UploadHandler):
    def open_upload(self, ident: str, name: str, version: str, _rest: str) -> None:
        token = self.alive(self.token_given())
        self.scoped(token, ("api",))
        project = self.visible(ident, token.user_id)
        if project.role(token.user_id) < DEVELOPER:
            raise Refusal(403, {"message": "403 Forbidden"})
        self.path_name = self.request.path.split(f"/{urllib.parse.quote(version)}/", 1)[-1]
        last = urllib.parse.unquote(self.path_name.split("/")[-1])
        if not GENERIC_NAME.match(name) or not GENERIC_NAME.match(last):
            raise Refusal(400, {"error": "file_name is invalid"})
        self.project, self.package_name, self.package_version = project, name, version

    def put(self, _ident: str, _name: str, _version: str, _rest: str) -> None:
        package = self.find(self.project, self.package_name, self.package_version)
        package = package or self.instance.new_package(
            self.project, self.package_name, self.package_version, "generic"
        )
        file = self.stored(urllib.parse.quote(urllib.parse.unquote(self.path_name), safe=""))
        package.files.append(file)
        if self.get_query_argument("select", "") == "package_file":
            self.answer(file_json(package, file))
        else:
            self.answer({"message": "201 Created"}, 201)

    def find(self, project: Project, name: str, version: str) -> Package | None:
        for package in project.packages:
            if (package.type, package.name, package.version) == ("generic", name, version):
                return package
        return None

    def get(self, ident: str, name: str, version: str, rest: str) -> None:
        token = self.token_given()
        project = self.visible(ident, token.user_id if token else None)
        package = self.find(project, name, version)
        for file in reversed(package.files if package else []):
            if file.name == urllib.parse.quote(rest, safe=""):
                if self.instance.newest:
                    self.set_header("X-Checksum-SHA256", file.sha256)
                self.send_file(file)
                return
        raise Refusal(404, {"message": "404 Not Found"})


def file_json(package: Package, file: PackageFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "package_id": package.id,
        "created_at": "2026-01-01T00:00:00.000Z",
        "file_name": file.name,
        "size": file.size,
        "file_md5": None,
        "file_sha1": None,
        "file_sha256": file.sha256,
    }


class PackageHandler(ProjectHandler):
    def enter_packages(self, ident: str, role: int) -> Project:
        project, token = self.enter(ident)
        if role > REPORTER or project.visibility != "public":
            self.need(project, token, role)
        return project

    def the_package(self, project: Project, number: str) -> Package:
        for package in project.packages:
            if str(package.id) == number:
                return package
        raise Refusal(404, {"message": "404 Not Found"})

    def package_json(self, project: Project, package: Package) -> dict[str, Any]:
        return {
            "id": package.id,
            "name": package.name,
            "version": package.version,
            "package_type": package.type,
            "status": package.status,
            "created_at": "2026-01-01T00:00:00.000Z",
            "last_downloaded_at": None,
            "_links": {"web_path": f"/{project.path}/-/packages/{package.id}"},
            "tags": [],
            "pipelines": [],
        }


class Packages(PackageHandler):
    def get(self, ident: str) -> None:
        project = self.enter_packages(ident, REPORTER)
        wanted = {
            k: self.get_query_argument(k, "")
            for k in ("package_type", "package_name", "package_version", "status", "sort")
        }
        rows = [
            p
            for p in project.packages
            if (not wanted["package_type"] or p.type == wanted["package_type"])
            and wanted["package_name"] in p.name
            and (not wanted["package_version"] or p.version == wanted["package_version"])
            and p.status == (wanted["status"] or "default")
        ]
        if wanted["sort"] == "desc":
            rows.reverse()
        self.paged([self.package_json(project, p) for p in rows])


class OnePackage(PackageHandler):
    def get(self, ident: str, number: str) -> None:
        project = self.enter_packages(ident, REPORTER)
        self.answer(self.package_json(project, self.the_package(project, number)))

    def delete(self, ident: str, number: str) -> None:
        project = self.enter_packages(ident, MAINTAINER)
        package = self.the_package(project, number)
        project.packages.remove(package)
        for experiment in project.experiments:
            for run in experiment.runs:
                if run.package is package:
                    run.package = None
                if run.version is not None and run.version.package is package:
                    run.version.package = None
        self.set_status(204)
        self.finish()


class PackageFiles(PackageHandler):
    def get(self, ident: str, number: str) -> None:
        project = self.enter_packages(ident, REPORTER)
        package = self.the_package(project, number)
        digests = {} if self.instance.digests else {"file_sha256": None}
        self.paged([file_json(package, f) | digests for f in package.files])


class OnePackageFile(PackageHandler):
    def delete(self, ident: str, number: str, file_id: str) -> None:
        project = self.enter_packages(ident, MAINTAINER)
        package = self.the_package(project, number)
        package.files = [f for f in package.files if str(f.id) != file_id]
        self.set_status(204)
        self.finish()


class ObjectStoreFile(RequestHandler):
    """Object storage: knows no tokens and refuses requests that bring one, as S3 does."""

    def get(self, name: str) -> None:
        settings = self.application.settings
        store = settings["store"] if "store" in settings else settings["fake"].object_store
        store.requests.append(dict(self.request.headers))
        if any(
            name in self.request.headers for name in ("Authorization", "Private-Token", "Cookie")
        ):
            self.set_status(400)
            self.finish("<Error><Code>InvalidArgument</Code></Error>")
            return
        path = Path(store.files / name)
        if not path.exists():
            self.set_status(404)
            self.finish()
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(path.read_bytes())

    head = get


ROUTES = [
    (r"packages/ml_models/([^/]+)/files/(.+)", MLModelFile),
    (r"packages/generic/([^/]+)/([^/]+)/(.+)", GenericFile),
    (r"packages", Packages),
    (r"packages/([0-9]+)", OnePackage),
    (r"packages/([0-9]+)/package_files", PackageFiles),
    (r"packages/([0-9]+)/package_files/([0-9]+)", OnePackageFile),
]
