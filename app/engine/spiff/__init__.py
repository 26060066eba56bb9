"""The pure core of the engine, and the only importer of SpiffWorkflow.

Files become a `Definition`; a `Run` is one process instance in memory. There is no database, no
clock and no web here: the `Host` answers expressions, operations and decisions.
"""

from app.engine.spiff.definition import Definition, load_definition
from app.engine.spiff.errors import (
    BpmnError,
    CannotMove,
    CannotReturn,
    ErrorNotCaught,
    NoStart,
    NotPlain,
    NoWayOut,
    Runaway,
    SnapshotRefused,
    TokenGone,
    TokenNotWaiting,
    WrongValue,
)
from app.engine.spiff.host import DECISION, Asked, Failure, Host, Savepoint, Token, Waiting
from app.engine.spiff.levels import (
    AFTER_RETURN,
    BACK,
    MAY_RETURN_TO,
    OTHER_BRANCHES,
    STAND,
    branches_stand,
    goes_straight_back,
    named_targets,
    targets_of,
    ways_back,
)
from app.engine.spiff.model import ELEMENT_KINDS, Element, Flow, Lane, Listener, Loop, Process
from app.engine.spiff.passages import Correspondence, Obstacle, Passage
from app.engine.spiff.run import Run
from app.engine.spiff.upstream import way_between

__all__ = [
    "AFTER_RETURN",
    "BACK",
    "DECISION",
    "ELEMENT_KINDS",
    "MAY_RETURN_TO",
    "OTHER_BRANCHES",
    "STAND",
    "Asked",
    "BpmnError",
    "CannotMove",
    "CannotReturn",
    "Correspondence",
    "Definition",
    "Element",
    "ErrorNotCaught",
    "Failure",
    "Flow",
    "Host",
    "Lane",
    "Listener",
    "Loop",
    "NoStart",
    "NoWayOut",
    "NotPlain",
    "Obstacle",
    "Passage",
    "Process",
    "Run",
    "Runaway",
    "Savepoint",
    "SnapshotRefused",
    "Token",
    "TokenGone",
    "TokenNotWaiting",
    "Waiting",
    "WrongValue",
    "branches_stand",
    "goes_straight_back",
    "load_definition",
    "named_targets",
    "targets_of",
    "way_between",
    "ways_back",
]
