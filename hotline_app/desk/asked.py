"""The query of an address, checked."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from hotline_app.desk import wording

QueryT = TypeVar("QueryT", bound=BaseModel)


def query(request: web.Request, model: type[QueryT]) -> QueryT:
    """An empty value counts as absent.  Raises the 422 problem."""
    try:
        return model.model_validate({name: value for name, value in request.query.items() if value != ""})
    except ValidationError as error:
        raise wording.problem(error) from None
