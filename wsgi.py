"""`gunicorn wsgi:app`, or any other WSGI server. Settings come from `GLOSSATOR_*` and glossator.toml."""

from server.app import create_app
from server.log import configure
from server.settings import Settings

settings = Settings()
configure(settings.log_level)
app = create_app(settings)
