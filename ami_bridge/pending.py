"""One action under way: our replacement for panoramisk's guesswork about when an answer is complete."""

import asyncio

from panoramisk.actions import Action as PanoramiskAction
from panoramisk.message import Message

from .actions import Action
from .errors import ActionRefused
from .reply import Reply
from .wire import Headers, check_header


class Pending(PanoramiskAction):  # type: ignore[misc]  # panoramisk has no types
    """Completes at the first Response, or at the named Complete event, and never by the words of a message.

    panoramisk reads "successfully queued" or "will follow" and then waits for events that may never come.
    """

    def __init__(self, action: Action, action_id: str) -> None:
        fields: dict[str, str | list[str]] = {"Action": action.name, "ActionID": action_id}
        for key, value in action.headers():
            check_header(key, value)
            have = fields.get(key)
            if have is None:
                fields[key] = value
            elif isinstance(have, list):
                have.append(value)
            else:
                fields[key] = [have, value]
        super().__init__(fields)
        self.kind = action.name
        self.collects = action.collects
        self.future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._answer: Message | None = None
        self._items: list[Headers] = []

    def response(self, message: Message) -> None:
        if self.future.done():
            return
        if not message.success:
            self.future.set_exception(ActionRefused(self.kind, message.message))
        elif self.collects is None:
            self.future.set_result(self._reply(message))
        else:
            self._answer = message

    def item(self, event: str, headers: Headers) -> bool:
        """Takes an event that carries our action id; False when it is not part of a list."""
        if self.collects is None:
            return False
        if event != self.collects:
            self._items.append(headers)
        elif not self.future.done():
            self.future.set_result(self._reply(self._answer))
        return True

    def _reply(self, message: Message | None) -> Reply:
        headers = {} if message is None else dict(message)
        return Reply(str(self.id), headers.get("Message", ""), headers, tuple(self._items))
