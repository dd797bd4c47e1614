"""Every table, by theme.  Moments are epoch milliseconds; JSON is kept as ASCII text, the same on both
databases."""

from crm.models.base import Base
from crm.models.calls import Call, Caller, CallLeg, CallMark, Recording
from crm.models.directory import AnnexRow, Line, Region, Seat, Unit
from crm.models.groups import NotReadyReason, RoutingRule, SkillGroup
from crm.models.hall import Callback, CallbackAttempt, Restriction, SeatLog, Surge, SurgeJoin
from crm.models.people import ApiToken, Audit, Session, User
from crm.models.tickets import Ticket, TicketEvent, TicketSequence

__all__ = [
    "AnnexRow",
    "ApiToken",
    "Audit",
    "Base",
    "Call",
    "CallLeg",
    "CallMark",
    "Callback",
    "CallbackAttempt",
    "Caller",
    "Line",
    "NotReadyReason",
    "Recording",
    "Region",
    "Restriction",
    "RoutingRule",
    "Seat",
    "SeatLog",
    "Session",
    "SkillGroup",
    "Surge",
    "SurgeJoin",
    "Ticket",
    "TicketEvent",
    "TicketSequence",
    "Unit",
    "User",
]
