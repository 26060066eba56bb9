"""Collection of approved titles' data: each office hands in what it approved, on time.

One item per approval; when it is due is a deadline of the calendar, who does what stands in the
process files.
"""

from app.domain.collection.facts import collection_facts, is_collected
from app.domain.collection.receivers import Receiver, receiver_of
from app.domain.collection.steps import (
    HandIn,
    accept,
    go_online,
    hand_back,
    hand_in,
    item_of,
    mark_late,
    open_item,
)
from app.domain.collection.tables import CollectionEvent, CollectionItem, CollectionState

__all__ = [
    "CollectionEvent",
    "CollectionItem",
    "CollectionState",
    "HandIn",
    "Receiver",
    "accept",
    "collection_facts",
    "go_online",
    "hand_back",
    "hand_in",
    "is_collected",
    "item_of",
    "mark_late",
    "open_item",
    "receiver_of",
]
