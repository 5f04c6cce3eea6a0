"""The department's desk: see what came in, put it right, look at it, sign it, see it arrive.

A request comes in by `routes`, which says who may make it; a page is a module; `people` are the
accounts.  What a page does, it does by the pipeline's stages, as the command line does.

Django wants its settings before the first table is imported: whoever imports this room first has
the desk's, which hold the ledger's.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cluster_feed.web.conf")
