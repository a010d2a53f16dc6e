"""A dataset, or a model, in a repository of the Hugging Face Hub, where a revision is a commit."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeVar

import tenacity

from handseg.hub.failures import in_words, never_wait_for_ever, readme_in_words
from handseg.places import HEAD, SHORTEST_ID, ConflictError, File, PlaceError, Revision, UnreliableError, check_tag
from handseg.places.patience import wait_as_asked

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Kind = Literal["dataset", "model"]
Result = TypeVar("Result")

TRIES = 8
_PREFIXES: dict[Kind, str] = {"dataset": "datasets/", "model": ""}
_PURGE = """from huggingface_hub import HfApi
api, paths = HfApi(), {paths}
files = [file for file in api.list_lfs_files("{repo}", repo_type="dataset") if file.filename in paths]
api.permanently_delete_lfs_files("{repo}", files, rewrite_history=True, repo_type="dataset")"""


class HubPlace:
    """See `handseg.places.Place`. What can be asked again without harm is asked again by itself.

    The token is the one of HF_TOKEN or of `hf auth login`, which never leaves the server.
    """

    def __init__(
        self,
        repo: str,
        endpoint: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        kind: Kind = "dataset",
        private: bool = True,
    ) -> None:
        """The repository `repo`, which may not be there yet and is then made `private`, or not, by the first commit.

        Raises PlaceError for no owner/name.
        """
        from huggingface_hub.utils import validate_repo_id

        with in_words(repo):
            validate_repo_id(repo)
        self.address, self._endpoint, self._sleep = repo, endpoint, sleep
        self._kind, self._private = kind, private
        self._of_repo: dict[str, Any] = {"repo_id": repo, "repo_type": kind}
        self._files: dict[str, Mapping[str, File]] = {}

    def resolve(self, revision: str = HEAD) -> str:
        """See `Place`."""
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

        def ask() -> str:
            try:
                return str(self._api.repo_info(**self._of_repo, revision=revision).sha)
            except RepositoryNotFoundError:
                if revision == HEAD:
                    return ""
                raise
            except RevisionNotFoundError:
                if found := self._beginning_with(revision):
                    return found
                raise

        return self._patiently(ask)

    def files(self, revision: str) -> Mapping[str, File]:
        """See `Place`; of small files the sha256 is not known, and "" instead."""
        if revision not in self._files:
            self._files[revision] = self._patiently(lambda: self._list(revision))
        return self._files[revision]

    def read(self, path: str, revision: str) -> bytes:
        """See `Place`."""

        def fetch() -> bytes:
            return Path(self._api.hf_hub_download(filename=path, revision=revision, **self._of_repo)).read_bytes()

        return self._patiently(fetch)

    @contextlib.contextmanager
    def open(self, path: str, revision: str) -> Iterator[BinaryIO]:
        """See `Place`; only the parts that are read are fetched."""
        where = f"{_PREFIXES[self._kind]}{self.address}@{revision}/{path}"
        with in_words(self.address, self._kind), self._file_system.open(where, "rb") as file:
            yield file

    def commit(
        self, parent: str, message: str, put: Mapping[str, Path | bytes], delete: Collection[str] = ()
    ) -> Revision:
        """See `Place`; makes the repository first, if it is not there."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        if not parent:
            self._patiently(lambda: self._api.create_repo(**self._of_repo, private=self._private, exist_ok=True))
            raise ConflictError(f"{self.address} was made just now; start again")
        additions = [CommitOperationAdd(path, _content(content)) for path, content in put.items()]
        shards = [each for each in additions if isinstance(each.path_or_fileobj, str)]
        self._patiently(lambda: self._api.preupload_lfs_files(additions=shards, **self._of_repo))
        operations = [*additions, *(CommitOperationDelete(path) for path in delete)]
        with in_words(self.address, self._kind), readme_in_words(self.address):
            made = self._api.create_commit(
                operations=operations, commit_message=message, parent_commit=parent, **self._of_repo
            )
        return Revision(made.oid, datetime.now(UTC), message)

    def is_public(self) -> bool:
        """Whether the repository is there, and for everybody to see."""
        return bool(self.resolve()) and not self._patiently(lambda: self._api.repo_info(**self._of_repo)).private

    def log(self) -> list[Revision]:
        """See `Place`."""
        commits = self._patiently(lambda: self._api.list_repo_commits(**self._of_repo))
        return [Revision(each.commit_id, each.created_at, each.title) for each in commits]

    def tags(self) -> Mapping[str, str]:
        """See `Place`."""
        refs = self._patiently(lambda: self._api.list_repo_refs(**self._of_repo))
        return {tag.name: tag.target_commit for tag in sorted(refs.tags, key=lambda tag: tag.name)}

    def tag(self, name: str, revision: str) -> None:
        """See `Place`."""
        check_tag(name)
        revision = self.resolve(revision)
        self._patiently(lambda: self._api.create_tag(tag=name, revision=revision, exist_ok=True, **self._of_repo))
        # Only then: a tag that exists may be an earlier one, somebody else's of this moment, or ours of a lost answer.
        if (other := self.tags().get(name, revision)) != revision:
            raise PlaceError(f"the tag {name} is another revision's ({other}); choose another name")

    def purge(self, paths: Collection[str]) -> str:
        """See `Place`; a repository keeps its older revisions until its owner deletes them."""
        if not paths:
            return ""
        return (
            f"older revisions of {self.address} still have it. To purge them, call these lines as its owner; tags of "
            f"older revisions then cannot be loaded any more:\n{_PURGE.format(repo=self.address, paths=sorted(paths))}"
        )

    def tidy(self) -> None:
        """See `Place`; who deletes something on the Hub makes a revision of it."""

    @cached_property
    def _api(self) -> HfApi:
        from huggingface_hub import HfApi
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
        never_wait_for_ever()
        return HfApi(endpoint=self._endpoint)

    @cached_property
    def _file_system(self) -> Any:
        from huggingface_hub import HfFileSystem

        return HfFileSystem(endpoint=self._endpoint, skip_instance_cache=True)

    def _beginning_with(self, digits: str) -> str:
        """The id of the newest commit that begins so, as the Hub itself takes whole ids alone; "" if none does."""
        commits = self._api.list_repo_commits(**self._of_repo) if len(digits) >= SHORTEST_ID else ()
        return next((each.commit_id for each in commits if each.commit_id.startswith(digits)), "")

    def _list(self, revision: str) -> dict[str, File]:
        tree = self._api.list_repo_tree(**self._of_repo, revision=revision, recursive=True)
        files = (each for each in tree if hasattr(each, "blob_id"))
        return {each.path: File(each.size, each.lfs.sha256 if each.lfs else "") for each in files}

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        """Ask until there is an answer, or until it is clear that there will be none."""
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(UnreliableError),
            stop=tenacity.stop_after_attempt(TRIES),
            wait=wait_as_asked,
            sleep=self._sleep,
            reraise=True,
        )

        def attempt() -> Result:
            with in_words(self.address, self._kind):
                return ask()

        return attempts(attempt)


def _content(content: Path | bytes) -> str | bytes:
    return str(content) if isinstance(content, Path) else content
