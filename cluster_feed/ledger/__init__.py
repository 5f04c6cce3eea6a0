"""The record: what was admitted, made, approved, sent and played.

Django wants its settings before the first table is imported, so importing this room sets it up;
which database it is, `connect` says later.  A process that serves more names its own settings in
`DJANGO_SETTINGS_MODULE`.
"""

import os

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cluster_feed.ledger.conf")
if not apps.app_configs:
    django.setup()
