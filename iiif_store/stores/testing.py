"""The contract of a `Store`, as tests: an implementation is one if a subclass of `StoreContract` passes.
Needs pytest and hypothesis. The other processes of the tests open the store by its URL.

    class TestTinyStore(StoreContract):
        @pytest.fixture
        def url(self, tmp_path):
            return f"tinydb://{tmp_path / 'data'}"
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from iiif_store.reading import Reading
from iiif_store.stores import Store, contenders, open_store, samples
from iiif_store.stores.contract_activities import ActivitiesContract, StreamsContract
from iiif_store.stores.contract_annotations import AnnotationsContract
from iiif_store.stores.contract_images import ImagesContract
from iiif_store.stores.contract_search import SearchContract
from iiif_store.stores.contract_sources import SourcesContract
from iiif_store.stores.samples import DOCUMENT, FAILURE, HOSTILE, JOB, READING, SOURCE, TOKEN, nth_reading
from ml_backends.types import Box, Finding, Polygon


class ReadingsContract:
    """Readings and the generations of pictures."""

    @given(reading=samples.readings)
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_a_reading_comes_back_as_it_was_put(self, store: Store, reading: Reading) -> None:
        digest = hashlib.sha256(repr(reading).encode()).hexdigest()
        reading = replace(reading, recipe=replace(reading.recipe, weights=digest))  # a revision for each example
        store.put_reading(reading)
        assert store.get_reading(reading.revision) == reading

    @pytest.mark.parametrize("name", ["0" * 64, *HOSTILE])
    def test_a_reading_that_was_never_put_is_absent(self, store: Store, name: str) -> None:
        store.put_reading(READING)
        assert store.get_reading(name) is None
        assert not store.has_reading(name)
        assert store.find_reading(name) is None

    def test_the_first_reading_of_a_revision_stays(self, store: Store) -> None:
        store.put_reading(READING)
        store.put_reading(replace(READING, findings=(), device="another"))
        assert store.has_reading(READING.revision)
        assert store.get_reading(READING.revision) == READING

    def test_of_readings_put_at_once_one_wins_for_all(self, store: Store, url: str) -> None:
        same = [nth_reading(n) for n in range(100)]
        seen = contenders.in_processes(4, contenders.put_same_readings, url, same)
        stored = [store.get_reading(reading.revision) for reading in same]
        assert seen == [[reading and reading.started for reading in stored]] * 4

    def test_a_reading_is_found_by_16_characters(self, store: Store) -> None:
        many = [nth_reading(n) for n in range(300)]
        for reading in many:
            store.put_reading(reading)
        assert all(store.find_reading(reading.revision[:16]) == reading for reading in many)
        assert store.find_reading(many[0].revision[:15] + "x") is None
        assert store.find_reading("0" * 16) is None

    def test_findings_with_pictures_or_without_numbers_are_refused(self, store: Store) -> None:
        nan = float("nan")
        for finding, named in (
            (Finding("describing", picture=Image.new("L", (2, 2))), "picture"),
            (Finding("tagging", Box(1, 2, nan, 4)), "coordinate"),
            (Finding("tagging", Polygon(((0, 0), (1, float("inf")), (2, 2)))), "coordinate"),
            (Finding("tagging", score=nan), "score"),
            (Finding("tagging", text="\ud800"), "no JSON"),
        ):
            with pytest.raises(ValueError, match=named):
                store.put_reading(replace(READING, findings=(finding,)))
        assert not store.has_reading(READING.revision)

    def test_a_generation_is_0_until_it_is_raised(self, store: Store) -> None:
        assert store.generation("picture") == 0
        assert [store.raise_generation("picture"), store.raise_generation("picture")] == [1, 2]
        assert store.generation("picture") == 2
        assert store.generation("https://example.org/another?x=ü") == 0

    def test_generations_raised_by_many_processes_are_all_counted(self, store: Store, url: str) -> None:
        contenders.in_processes(4, contenders.raise_often, url, "picture", 25)
        assert store.generation("picture") == 100


class ClaimsContract:
    """The right to make a reading: one holder, and a death frees it."""

    REVISION = READING.revision

    def test_a_claim_has_one_holder(self, store: Store) -> None:
        with store.claim(self.REVISION) as first, store.claim(self.REVISION) as second, store.claim("e" * 64) as other:
            assert first is not None and (first.revision, first.deaths) == (self.REVISION, 0)
            assert second is None
            assert other is not None

    def test_it_is_free_again_after_a_clean_end_or_an_exception(self, store: Store) -> None:
        for _ in range(3):
            with pytest.raises(RuntimeError, match="from the block"), store.claim(self.REVISION) as claim:
                assert claim is not None and claim.deaths == 0
                raise RuntimeError("from the block")
            with store.claim(self.REVISION) as claim:
                assert claim is not None and claim.deaths == 0

    def test_other_threads_and_other_stores_do_not_get_it(self, store: Store, url: str) -> None:
        def ask(one: Store) -> bool:
            with one.claim(self.REVISION) as claim:
                return claim is not None

        with store.claim(self.REVISION), ThreadPoolExecutor(4) as threads:
            assert not any(threads.map(ask, [store, open_store(url)] * 4))
        assert ask(store)

    def test_a_killed_process_frees_it_and_leaves_its_death(self, store: Store, url: str) -> None:
        for deaths in range(3):
            with contenders.process_with_claim(url, self.REVISION) as (process, found):
                assert found == deaths
                with store.claim(self.REVISION) as claim:
                    assert claim is None
                process.kill()
                process.join()
        with store.claim(self.REVISION) as claim:
            assert claim is not None and claim.deaths == 3
            with contenders.process_with_claim(url, self.REVISION) as (_, found):
                assert found is None
        with store.claim(self.REVISION) as claim:
            assert claim is not None and claim.deaths == 0

    def test_processes_that_compete_are_never_inside_together(self, store: Store, url: str, tmp_path: Path) -> None:
        assert contenders.in_processes(4, contenders.compete, url, self.REVISION, 300, tmp_path) == [0] * 4
        with store.claim(self.REVISION) as claim:
            assert claim is not None and claim.deaths == 0


class RecordsContract:
    """Failures, jobs, tokens, and the store as a whole."""

    def test_a_failure_is_put_replaced_and_cleared(self, store: Store) -> None:
        assert store.get_failure(FAILURE.revision) is None
        store.put_failure(FAILURE)
        again = replace(FAILURE, count=2, reason="überlastet", next_try="2025-03-01T11:00:00Z", kind="backend")
        store.put_failure(again)
        assert store.get_failure(FAILURE.revision) == again
        store.clear_failure(FAILURE.revision)
        assert store.get_failure(FAILURE.revision) is None
        assert store.failures() == []

    def test_failures_are_listed_newest_first_and_by_source(self, store: Store) -> None:
        times = ["2025-03-01T10:00:05Z", "2025-03-01T10:00:05.5Z", "2025-03-01T10:00:06Z", "2024-12-31T23:59:59Z"]
        for n, time in enumerate(times):
            store.put_failure(replace(FAILURE, revision=f"{n}" * 64, last=time, source=f"source-{n % 2}"))
        assert [failure.last for failure in store.failures()] == [times[2], times[1], times[0], times[3]]
        assert [failure.last for failure in store.failures("source-1")] == [times[1], times[3]]
        assert [failure.last for failure in store.failures(limit=1)] == [times[2]]
        assert store.failures("another") == []

    @pytest.mark.parametrize("name", ["nothing", *HOSTILE])
    def test_records_that_were_never_put_are_absent(self, store: Store, name: str) -> None:
        assert store.get_failure(name) is None
        assert store.get_job(name) is None
        assert store.delete_token(name) is False
        store.clear_failure(name)

    def test_jobs_are_put_replaced_and_listed_newest_first(self, store: Store) -> None:
        assert store.get_job(JOB.id) is None and store.jobs() == []
        for n in (1, 3, 2):
            store.put_job(replace(JOB, id=f"job-{n}", created=f"2025-03-0{n}T10:00:00Z"))
        ended = replace(JOB, state="failed", ended="2025-03-01T11:00:00Z", message="disk full")
        store.put_job(ended)
        assert store.get_job("job-1") == ended
        assert [job.id for job in store.jobs()] == ["job-3", "job-2", "job-1"]
        assert [job.id for job in store.jobs(limit=2)] == ["job-3", "job-2"]

    def test_a_job_is_updated_as_it_is_now(self, store: Store) -> None:
        assert store.update_job(JOB.id, lambda job: job and replace(job, state="done")) is None
        store.put_job(replace(JOB, state="cancelled"))
        assert store.update_job(JOB.id, lambda job: job if job and job.state == "queued" else None) is None
        paused = store.update_job(JOB.id, lambda job: job and replace(job, state="paused"))
        assert paused == store.get_job(JOB.id) == replace(JOB, state="paused")

    def test_tokens_are_put_listed_and_deleted(self, store: Store) -> None:
        other = replace(TOKEN, id="token-2", created="2025-03-02T10:00:00Z")
        store.put_token(other)
        store.put_token(TOKEN)
        assert store.tokens() == [TOKEN, other]
        assert store.delete_token(TOKEN.id) is True
        assert store.delete_token(TOKEN.id) is False
        assert store.tokens() == [other]

    def test_a_store_in_use_is_ready_and_faultless(self, store: Store) -> None:
        store.put_source(SOURCE)
        store.put_snapshot(DOCUMENT)
        store.put_members("collection", {"member": "https://example.org/"})
        store.put_reading(READING)
        store.raise_generation("picture")
        store.put_failure(FAILURE)
        store.put_job(JOB)
        store.put_token(TOKEN)
        assert store.ready() is None
        assert list(store.check()) == []

    def test_its_size_grows_with_what_is_put(self, store: Store) -> None:
        before = store.size()
        store.put_reading(READING)
        after = store.size()
        assert after["readings"] > before["readings"]
        assert all(after[part] >= size for part, size in before.items())


class StoreContract(
    SourcesContract,
    ReadingsContract,
    ClaimsContract,
    RecordsContract,
    ImagesContract,
    ActivitiesContract,
    AnnotationsContract,
    StreamsContract,
    SearchContract,
):
    """Everything that a store must do. A subclass gives the fixture `url`: of a new store that `open_store` knows."""

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        raise NotImplementedError("a subclass says where its store is")

    @pytest.fixture
    def store(self, url: str) -> Store:
        return open_store(url)
