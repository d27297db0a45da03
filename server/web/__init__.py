"""One module, and in it one blueprint, for each door."""

from server.web import admin, admin_source, annotations, api, health, images, presentation, provenance, viewers

MODULES = (presentation, images, annotations, provenance, api, viewers, admin, admin_source, health)
BLUEPRINTS = tuple(module.door for module in MODULES)
