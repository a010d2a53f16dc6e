"""What the Hub does for writers: repositories, large files, commits, tags."""

from __future__ import annotations

import base64
import json
from typing import Any

import yaml

from tests.hub.files import GIT_ATTRIBUTES, Add, Blob, Delete, NotThere, is_large
from tests.hub.protocol import Answer, Call, Refusal, failure, missing, repo_url, success
from tests.hub.reading import front_matter
from tests.hub.repository import Conflict, Repository


def validate_card(call: Call) -> Answer:
    try:
        found = front_matter(call.json["content"])
    except yaml.YAMLError as error:
        return failure(400, "Invalid metadata", errors=[{"message": str(error)}], warnings=[])
    warnings = [] if found else [{"message": "empty or missing yaml metadata in repo card"}]
    return success({"errors": [], "warnings": warnings})


def create_repo(call: Call) -> Answer:
    wanted = call.json
    kind = f"{wanted.get('type') or 'model'}s"
    repo = f"{wanted.get('organization') or call.hub.user}/{wanted['name']}"
    new = Repository({".gitattributes": GIT_ATTRIBUTES}, private=wanted.get("visibility") == "private")
    url = repo_url(call.hub.url, kind, repo)
    if call.hub.add(kind, repo, new):
        return success({"url": url, "name": repo, "id": repo})
    return failure(409, f"You already created this {kind[:-1]} repo: {repo}", url=url)


def preupload(call: Call) -> Answer:
    """Which files are to come as LFS files, and the names of those that are there; the client skips equal ones."""
    _refuse_pull_request(call)
    files = [_upload_mode(file, call.commit.blobs.get(file["path"])) for file in call.json["files"]]
    return success({"files": files})


def lfs_batch(call: Call) -> Answer:
    """Where to put the large files; nowhere for those that are there."""
    objects = [_lfs_object(call, wanted["oid"], wanted["size"]) for wanted in call.json["objects"]]
    return success({"transfer": "basic", "objects": objects}, {"Content-Type": "application/vnd.git-lfs+json"})


def lfs_upload(call: Call) -> Answer:
    """As the storage behind the Hub: no token is asked for, the address itself is the permission."""
    repository = call.hub.repository(call.kind, call.repo)
    blob = Blob(call.body, large=True)
    if repository is None or blob.sha256 != call.parts["oid"] or str(blob.size) != call.query["size"]:
        return failure(400, "XAmzContentSHA256Mismatch: this is not the content that was announced")
    repository.large[blob.sha256] = blob
    return Answer(200, {"ETag": f'"{blob.sha256}"'})


def lfs_verify(call: Call) -> Answer:
    blob = call.repository.large.get(call.json["oid"])
    return success({}) if blob and blob.size == call.json["size"] else failure(404, "The upload did not arrive")


def commit(call: Call) -> Answer:
    _refuse_pull_request(call)
    repository = call.repository
    if hook := call.hub.take_before_commit():
        hook(repository)
    header, *lines = [json.loads(line) for line in call.body.splitlines() if line]
    about = header["value"]
    operations = [_operation(repository, line["key"], line["value"]) for line in lines]
    try:
        made = repository.commit(
            operations, about["summary"], about["description"], about.get("parentCommit"), call.parts["revision"]
        )
    except Conflict:
        return failure(412, "A commit has happened since. Please refresh and try again.")
    except NotThere as error:
        if str(error) == call.parts["revision"]:
            raise missing("RevisionNotFound", f"Invalid rev id: {error}") from error
        raise missing("EntryNotFound", f"A file with this name doesn't exist: {error}") from error
    return success({"success": True, "commitOid": made.oid, "commitUrl": f"{call.page}/commit/{made.oid}"})


def create_tag(call: Call) -> Answer:
    return _named(call, call.repository.tags, call.json["tag"], call.commit.oid)


def delete_tag(call: Call) -> Answer:
    return _unnamed(call.repository.tags, call.parts["name"])


def create_branch(call: Call) -> Answer:
    return _named(call, call.repository.branches, call.parts["name"], call.json.get("startingPoint", "main"))


def delete_branch(call: Call) -> Answer:
    return _unnamed(call.repository.branches, call.parts["name"])


def squash(call: Call) -> Answer:
    branch = call.parts["revision"]
    if branch not in call.repository.branches:
        raise missing("RevisionNotFound", f"Invalid rev id: {branch}")
    call.repository.squash(branch, call.json["message"])
    return success({})


def _named(call: Call, refs: dict[str, str], name: str, revision: str) -> Answer:
    try:
        call.repository.name(refs, name, revision)
    except Conflict:
        return failure(409, f"Reference exists already: {name}")
    except NotThere as error:
        raise missing("RevisionNotFound", f"Invalid rev id: {error}") from error
    return success({})


def _unnamed(refs: dict[str, str], name: str) -> Answer:
    if refs.pop(name, None) is None:
        raise missing("RevisionNotFound", f"Invalid rev id: {name}")
    return success({})


def _refuse_pull_request(call: Call) -> None:
    if "create_pr" in call.query:
        raise Refusal(failure(403, "Pull requests are disabled: the stand-in Hub has none"))


def _upload_mode(file: dict[str, Any], there: Blob | None) -> dict[str, Any]:
    mode = "lfs" if is_large(file["path"], file["size"]) else "regular"
    oid = there and (there.sha256 if there.large else there.oid)
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}


def _lfs_object(call: Call, oid: str, size: int) -> dict[str, Any]:
    if oid in call.repository.large:
        return {"oid": oid, "size": size}
    upload = f"{call.hub.url}/lfs-store/{call.kind}/{call.repo}/{oid}?size={size}"
    actions = {"upload": {"href": upload}, "verify": {"href": f"{call.page}.git/info/lfs/objects/verify"}}
    return {"oid": oid, "size": size, "authenticated": True, "actions": actions}


def _operation(repository: Repository, key: str, value: dict[str, Any]) -> Add | Delete:
    if key == "deletedFile":
        return Delete(value["path"].rstrip("/"))
    if key == "deletedFolder":
        return Delete(value["path"].rstrip("/") + "/")
    if key == "file":
        return Add(value["path"], Blob(base64.b64decode(value["content"])))
    if key == "lfsFile" and value["oid"] in repository.large:
        return Add(value["path"], repository.large[value["oid"]])
    if key == "lfsFile":
        raise Refusal(failure(400, f"LFS pointer pointed to a file that does not exist: {value['path']}"))
    raise Refusal(failure(400, f"Unknown operation: {key}"))
