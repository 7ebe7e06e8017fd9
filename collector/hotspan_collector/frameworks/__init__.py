"""How each framework tells the route template of a request. None of these modules imports its framework."""

from hotspan_collector.frameworks import django, quart


def watch() -> None:
    """Has those frameworks that keep the route to themselves tell it; the others write it into the scope."""
    django.watch()
    quart.watch()
