"""Refusals, a module for each who must act.

A class is a reason; its two sentences say who must do what, in both languages, with the facts of
the case in their named places.  The ledger keeps a refusal as its class's code and its facts, so
that it can be read again later in either language.  A fact that is itself words is given as a
Bilingual, and each sentence takes its own.
"""

from cluster_feed.core.errors.department import *
from cluster_feed.core.errors.newsroom import *
from cluster_feed.core.errors.operator import *
from cluster_feed.core.errors.program import *
from cluster_feed.core.errors.reason import *
from cluster_feed.core.errors.screen import *
