"""Laws are checked on machines that do other work too: no example has a deadline."""

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")
