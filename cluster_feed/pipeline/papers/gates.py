"""The state of the clusters, with why one is out of service, and what to inspect."""

from datetime import datetime

from cluster_feed.core.edition import State
from cluster_feed.core.paper import Cell, Order
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import devices, status
from cluster_feed.pipeline.papers import found, plays
from cluster_feed.pipeline.papers.found import Found, People
from cluster_feed.workspace import Workspace


def gather(workspace: Workspace, now: datetime, order: Order, people: People) -> Found:
    """Look at a cluster, or at all, as they stand now; their turns are those of the span."""
    del people
    known = found.clusters(workspace, order.of)
    stand = {each.name: each for each in status.clusters(workspace, now, [c.name for c in known])}
    told = {
        (each.cluster.name, each.screen.name): each
        for each in plays.logs(workspace, known, now, order.span)
    }
    of_clusters: list[tuple[Cell, ...]] = []
    of_screens: list[tuple[Cell, ...]] = []
    for cluster in known:
        stands = stand[cluster.name]
        problem = stands.problem.vi if stands.problem and cluster.in_service else ""
        of_clusters.append(
            (
                cluster.title,
                cluster.gate,
                found.standing(cluster),
                stands.edition or "",
                stands.delivered_at,
                found.together((cluster.status_reason, problem)),
            )
        )
        for screen in stands.screens:
            log = told[cluster.name, screen.name]
            admitted = devices.of_screen(cluster.name, screen.name).filter(
                admitted_at__isnull=False, retired_at=None
            )
            concerns = [
                *(f"có thể còn phát {each.name} (đã thu hồi)" for each in screen.may_show),
                *(each.vi for each in screen.concerns),
                *(each.vi for each in screen.faults),
            ]
            of_screens.append(
                (
                    cluster.title,
                    screen.title,
                    screen.heard_at,
                    str(screen.edition or ""),
                    found.together(each.code for each in admitted),
                    *log.turns,
                    found.together(dict.fromkeys(concerns)),
                )
            )
    facts: dict[str, Cell] = {
        "so_cum": len(known),
        "so_hoat_dong": sum(each.in_service for each in known),
        "luc": now,
    }
    live = ledger.Edition.objects.filter(state=State.PUBLISHED).exists()
    notes = () if live else ("Chưa có phiên bản phát nào được phát hành.",)
    return Found(facts, {"cum": tuple(of_clusters), "man_hinh": tuple(of_screens)}, notes, order.of)
