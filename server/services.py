"""What every part of the server works with, built once from the settings."""

from __future__ import annotations

from dataclasses import dataclass

from iiif_store.fetch.remote import Remote
from iiif_store.stores import open_store
from iiif_store.stores.base import Store
from ml_backends.registry import Registry
from server.engine.client import DaskEngine
from server.engine.jobs import Plan
from server.engine.plan import SourcePlan
from server.engine.types import Engine
from server.jobs import Jobs
from server.local import LocalBooks
from server.pages import Pages
from server.recipes import Recipes
from server.settings import Settings
from server.sources import Sources
from server.wiring import registry_of, remote_of


@dataclass(frozen=True, slots=True)
class Services:
    """Built once for each process; any number of threads may use it."""

    settings: Settings
    store: Store
    remote: Remote
    registry: Registry
    local: LocalBooks
    sources: Sources
    recipes: Recipes
    plan: Plan
    engine: Engine
    pages: Pages
    jobs: Jobs


def build(settings: Settings) -> Services:
    """Opens the store and starts nothing; raises StoreUnavailable."""
    store = open_store(settings.store_url)
    remote, registry, local = remote_of(settings), registry_of(settings), LocalBooks()
    sources = Sources(store, remote, local, layers=settings.backends, refresh_after=settings.refresh_after)
    recipes = Recipes(registry, store)
    engine = DaskEngine(settings, store, threads=settings.threads)
    pages = Pages(store, sources, recipes, engine, deadline=settings.deadline, prefetch=settings.prefetch)
    plan = SourcePlan(store, sources, recipes)
    jobs = Jobs(store, sources, plan, engine, attempts=settings.attempts)
    return Services(settings, store, remote, registry, local, sources, recipes, plan, engine, pages, jobs)
