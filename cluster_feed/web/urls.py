"""Django's table of addresses."""

from cluster_feed.web.routes import ROUTES

urlpatterns = [route.to_path() for route in ROUTES]

handler403 = "cluster_feed.web.refusals.not_yours"
handler404 = "cluster_feed.web.refusals.not_there"
handler500 = "cluster_feed.web.refusals.broken"
