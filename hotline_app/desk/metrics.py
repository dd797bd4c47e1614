"""Prometheus figures of one desk, in a registry of its own, so that several desks fit in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LATENCY_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """No label ever holds a number, a name or a call id: routes are templates, the rest are closed sets."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.latency = Histogram(
            "hotline_http_seconds",
            "Time to answer an HTTP request",
            ["method", "route", "status"],
            buckets=_LATENCY_S,
            registry=self.registry,
        )
        self.calls = Gauge(
            "hotline_calls_today",
            "Calls of today that ended, by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.live = Gauge("hotline_live_calls", "Calls the ACD has now", registry=self.registry)
        self.tickets = Gauge("hotline_tickets_today", "Tickets made by today's calls", registry=self.registry)
        self.unexplained = Gauge(
            "hotline_unexplained_calls",
            "Calls that ended without an outcome; must be 0",
            registry=self.registry,
        )
        self.seats = Gauge("hotline_seats", "Seats by state", ["state"], registry=self.registry)
        self.waiting = Gauge(
            "hotline_waiting_calls", "Callers in the queue", ["group"], registry=self.registry
        )
        self.up = Gauge(
            "hotline_part_up", "1 while the desk reaches this part", ["part"], registry=self.registry
        )
        self.sockets = Gauge("hotline_event_sockets", "Open event streams", registry=self.registry)
        self.cut = Counter(
            "hotline_event_sockets_cut", "Event streams closed as too slow", registry=self.registry
        )
        self.logins = Counter("hotline_logins", "Logins by result", ["result"], registry=self.registry)
        self.acknowledged = Counter(
            "hotline_pops_acknowledged", "Pops shown on a screen", registry=self.registry
        )

    def text(self) -> bytes:
        return generate_latest(self.registry)
