"""A backend that wants what nobody has."""

import glossator_module_that_nobody_has  # noqa: F401
