"""What commands print: a table or JSON on stdout, sentences on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.errors import AppError
from app.messages import message, sentences

P = ParamSpec("P")
R = TypeVar("R")

as_json = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出")


def show(data: Any, lines: Sequence[str], *, as_json: bool) -> None:
    """Print the data as JSON, or the lines for people."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
    else:
        for line in lines:
            click.echo(line)


def fail(lines: Sequence[str]) -> None:
    """Complain on stderr and exit with 1."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(1)


def reporting(command: Callable[P, R]) -> Callable[P, R]:
    """Turn errors of the house into sentences on stderr and exit code 1."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except AppError as error:
            fail(sentences(error))
            raise
        except (OperationalError, ProgrammingError):
            fail([message("cli.database_not_ready")])
            raise

    return run
