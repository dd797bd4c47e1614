"""Puts the caller's journey together from its topics and the settings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import ivr
from agi.book import Book
from agi.callback import CallbackDialogue
from agi.cards import Cards
from agi.journey import Journey, JourneyTimes, Topics
from agi.kept import KeptPlaces
from agi.pop import PopBarrier
from agi.profiles import Profiles
from agi.prompts import Voice
from agi.routing import Routing
from agi.rulebook import RuleBook
from agi.surge import SurgeNotices
from agi.survey import Survey
from agi.voicemail import Voicemails
from agi.waiting import Announcements
from crm import Ledger
from hotline_app.settings import Values
from seats import Acd
from transfer.citizens import Citizens

MENU = "greeting"


def build(
    values: Values,
    *,
    voice: Voice,
    ledger: Ledger,
    acd: Acd,
    cards: Cards,
    profiles: Profiles,
    pops: PopBarrier,
    rules: RuleBook,
    citizens: Citizens,
    voicemails: Voicemails,
) -> Journey:
    """The whole journey, on these parts and as configured."""
    book = Book(ledger)
    routing = Routing(rules, profiles)
    times = JourneyTimes(
        ring_s=values.queue.ring_s,
        message_s=values.voicemail.longest_s,
        silence_s=values.voicemail.silence_s,
    )
    callback = CallbackDialogue(
        voice=voice,
        book=book,
        citizens=citizens,
        kept=KeptPlaces(acd=acd, ledger=ledger, routing=routing),
        enabled=values.callback.enabled and bool(values.numbers.routes),
    )
    topics = Topics(
        announcements=Announcements(
            voice=voice,
            groups=lambda: rules.groups,
            place=values.waiting.place,
            expected=values.waiting.expected,
            round_s=times.wait_round_s,
            callback=callback.enabled,
        ),
        callback=callback,
        surge=SurgeNotices(voice=voice, book=book, now=lambda: rules.surges),
        survey=Survey(voice=voice, book=book, key_s=values.survey.key_s) if values.survey.enabled else None,
        voicemails=voicemails,
    )
    return Journey(
        zone=ZoneInfo(values.hours.timezone),
        menu=MENU,
        times=times,
        rules=rules,
        routing=routing,
        acd=acd,
        cards=cards,
        profiles=profiles,
        pops=pops,
        menus=_menus(),
        voice=voice,
        book=book,
        topics=topics,
    )


def _menus() -> ivr.Menus:
    file = ivr.SHIPPED / "chifeng.toml"
    return ivr.load(file.read_text(encoding="utf-8"), file.name)
