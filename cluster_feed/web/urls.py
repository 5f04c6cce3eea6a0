"""Django's table of addresses."""

from django.urls import path

from cluster_feed.web.api import door
from cluster_feed.web.api.openapi import Document
from cluster_feed.web.api.operations import API
from cluster_feed.web.routes import ROUTES

urlpatterns = [
    *(route.to_path() for route in ROUTES),
    *door.paths(API),
    path("api/v1/openapi.json", Document(API), name="api-openapi-json"),
]

handler403 = "cluster_feed.web.refusals.not_yours"
handler404 = "cluster_feed.web.refusals.not_there"
handler500 = "cluster_feed.web.refusals.broken"
