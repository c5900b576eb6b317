"""The job of downloading digits: one at a time to a folder of data; see :mod:`wvae.jobs`."""

from dataclasses import dataclass
from pathlib import Path

from wvae.jobs import folder_lock, read_job, start, write_job
from wvae.journal import Journal
from wvae.schema import Text, check_fields
from wvae.sources import data_root, fetch, known_sources
from wvae.sources.download import Report

KIND = "download"


@dataclass(frozen=True)
class DownloadJob:
    """What to download, such as "qmnist:train", and where to: None for the usual place."""

    source: Text
    root: Text | None = None

    def __post_init__(self) -> None:
        check_fields(self)


def run_fetch(source: str, root: str | Path | None = None, report: Report | None = None) -> None:
    """Download a source as :func:`wvae.sources.fetch` does, so that others can watch and stop it.

    Raises:
        WvaeError: as ``fetch``, or another download to ``root`` is under way.
    """
    if source not in {known.name for known in known_sources(root) if known.fetchable}:
        fetch(source, root)  # says what is wrong with it
        return
    folder = fetch_folder(root)
    with folder_lock(folder):
        write_job(folder, KIND, DownloadJob(source, str(data_root(root))))
        journal = Journal(folder, source=source, done=0, total=None)

        def watch(done: int, total: int | None) -> None:
            journal.note(done in (0, total), done=done, total=total)
            if report:
                report(done, total)

        try:
            journal.say("running", f"fetching {source}")
            fetch(source, root, watch)
        except BaseException as error:
            journal.say_why_it_ended(error, lambda: "what has come is kept")
            raise
        journal.say("finished", f"{source} is here")


def run_job(folder: Path) -> None:
    """Do what the ``job.json`` of a folder says, from where an earlier process left off.

    Raises:
        WvaeError: as :func:`run_fetch`, or ``job.json`` is missing or damaged.
    """
    job = read_job(folder, DownloadJob)
    run_fetch(job.source, job.root)


def start_fetch(source: str, root: str | Path | None = None) -> None:
    """Download a source in a process of its own.

    Raises:
        WvaeError: another download is under way, or the folder cannot be written.
    """
    folder = fetch_folder(root)
    with folder_lock(folder) as lock:
        write_job(folder, KIND, DownloadJob(source, str(data_root(root))))
        start(folder, lock)


def fetch_folder(root: str | Path | None = None) -> Path:
    """Where the one download at a time to ``root`` says how it stands."""
    return data_root(root) / ".fetch"
