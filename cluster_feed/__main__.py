"""`python -m cluster_feed` is `cluster-feed`."""

from cluster_feed.cli import main

if __name__ == "__main__":
    main()
