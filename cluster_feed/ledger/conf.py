"""Django's settings for the record alone; the database is named by `connect`."""

SECRET_KEY = "the ledger signs nothing"  # noqa: S105
INSTALLED_APPS = ["cluster_feed.ledger"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
DATABASES: dict[str, dict[str, object]] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
}
