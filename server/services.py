"""What every part of the server works with, built once from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_store.fetch.remote import Remote
from iiif_store.stores import open_store
from iiif_store.stores.base import Store
from ml_backends.registry import Registry
from server.curated import Curated
from server.engine.client import DaskEngine
from server.engine.jobs import Plan
from server.engine.plan import SourcePlan
from server.engine.types import Engine
from server.findings import Findings
from server.following import Follower
from server.images import ImageSources, SampleImages
from server.imports import Imports
from server.jobs import Jobs
from server.local import LocalBooks
from server.members import Members
from server.pages import Pages
from server.recipes import Recipes
from server.scans.scanner import Scanner
from server.search import Search
from server.settings import Settings
from server.sources import Sources
from server.variants import Variants
from server.wiring import registry_of, remote_of


@dataclass(frozen=True, slots=True)
class Services:
    """Built once for each process; any number of threads may use it."""

    settings: Settings
    store: Store
    remote: Remote
    registry: Registry
    local: LocalBooks
    scanner: Scanner
    images: ImageSources
    sources: Sources
    recipes: Recipes
    plan: Plan
    engine: Engine
    pages: Pages
    variants: Variants
    curated: Curated
    findings: Findings
    imports: Imports
    members: Members
    search: Search
    jobs: Jobs
    follower: Follower


def build(settings: Settings) -> Services:
    """Opens the store and starts nothing; raises StoreUnavailable."""
    store = open_store(settings.store_url)
    remote, registry, local = remote_of(settings), registry_of(settings), LocalBooks(store)
    sources = Sources(store, remote, local, layers=settings.backends, refresh_after=settings.refresh_after)
    scanner, recipes = Scanner(store, settings), Recipes(registry, store)
    images = ImageSources(store.images, [SampleImages(local, settings.data / "cache").find])
    engine = DaskEngine(settings, store, threads=settings.threads)
    pages = Pages(store, sources, recipes, engine, deadline=settings.deadline, prefetch=settings.prefetch)
    variants = Variants(store, sources, recipes, pages)
    search = Search(store, sources, recipes)
    sources.watch(search.changed)

    def wrote(source: str) -> None:
        store.activities.touch(source)
        search.wrote(source)

    curated = Curated(store, sources, pages, wrote, checked=settings.writes == "checked")
    findings = Findings(store, sources, recipes, settings.data / "models")
    imports = Imports(store, sources, recipes, curated)
    members = Members(store, sources, recipes, pages, curated)
    plan = SourcePlan(store, sources, recipes)
    jobs = Jobs(store, sources, plan, engine, attempts=settings.attempts)
    follower = Follower(store, sources, remote)
    return Services(
        settings=settings,
        store=store,
        remote=remote,
        registry=registry,
        local=local,
        scanner=scanner,
        images=images,
        sources=sources,
        recipes=recipes,
        plan=plan,
        engine=engine,
        pages=pages,
        variants=variants,
        curated=curated,
        findings=findings,
        imports=imports,
        members=members,
        search=search,
        jobs=jobs,
        follower=follower,
    )
