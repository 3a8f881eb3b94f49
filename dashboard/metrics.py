"""/healthz, /readyz and /metrics: for machines that watch this one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from dashboard.gate import Gate
from dashboard.parts import Parts, Readings
from dashboard.table import STATES
from intake.clock import Millis
from intake.errors import LeadIntakeError
from intake.ports import Stage

_UP = {"working": 1.0, "ok": 1.0}


class WholeCollector(Collector):
    """Counts out of the tables: the same numbers as on the first page."""

    def __init__(self, reader: Readings) -> None:
        self._reader = reader

    def collect(self) -> Iterable[Metric]:
        """Every figure, read at one instant; none but `lead_intake_up 0` when the database does not answer."""
        up = GaugeMetricFamily("lead_intake_up", "1 when the database answers")
        try:
            whole = self._reader.overview()
        except LeadIntakeError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        received = CounterMetricFamily(
            "lead_intake_received", "Inquiries the door took in", labels=["account"]
        )
        for one in whole.balance["sources"]:
            received.add_metric([one["account"]], one["received"])
        yield received
        states = GaugeMetricFamily("lead_intake_inquiries", "Inquiries by state", labels=["state"])
        for state in STATES:
            states.add_metric([state], whole.balance[state])
        yield states
        difference = GaugeMetricFamily("lead_intake_difference", "Received, and neither waiting nor decided")
        difference.add_metric([], whole.balance["difference"])
        yield difference
        yield from self._stages(whole.stages, whole.at)
        channels = GaugeMetricFamily(
            "lead_intake_channel_up", "1 while the channel works", labels=["account", "kind"]
        )
        for channel in whole.channels:
            channels.add_metric([channel["account"], channel["kind"]], _UP.get(channel["state"], 0.0))
        yield channels
        alarms = GaugeMetricFamily(
            "lead_intake_alarm", "1 for each open alarm", labels=["rule", "subject", "level"]
        )
        for alarm in self._reader.alarms():
            alarms.add_metric([alarm.rule.value, alarm.subject, alarm.level.value], 1)
        yield alarms

    def _stages(self, stages: Iterable[Stage], at: Millis) -> Iterator[Metric]:
        count = GaugeMetricFamily("lead_intake_stage", "How many are in a stage", labels=["stage"])
        age = GaugeMetricFamily(
            "lead_intake_stage_oldest_seconds", "Age of a stage's oldest", labels=["stage"]
        )
        for stage in stages:
            count.add_metric([stage.name], stage.count)
            age.add_metric([stage.name], max(0, at - stage.oldest) / 1000 if stage.oldest else 0)
        yield count
        yield age


class Machines:
    """The three routes."""

    def __init__(self, parts: Parts, gate: Gate) -> None:
        self._parts = parts
        self._gate = gate
        self._registry = CollectorRegistry()
        self._registry.register(WholeCollector(parts.reader))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def add_to(self, app: web.Application) -> None:
        """Serve them in `app`."""
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)

    async def healthz(self, request: web.Request) -> web.Response:
        """The event loop turns."""
        del request
        return _json(200, {"alive": True})

    async def readyz(self, request: web.Request) -> web.Response:
        """200 if and only if a request sent now would be kept."""
        del request
        state = await self._parts.readiness()
        faults = [*state.faults, *state.alarms]
        return _json(200 if state.ready else 503, {"ready": state.ready, "faults": faults})

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text, for this machine itself or with a token."""
        if not _from_here(request) and await self._gate.by_token(request) is None:
            return _json(401, {"error": "send a known token as `Authorization: Bearer ...`"})
        body = await self._parts.run(generate_latest, self._registry)
        return web.Response(
            body=body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
        )


def _from_here(request: web.Request) -> bool:
    """Whether this very machine asks, and not a proxy on it for somebody else."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers or not request.remote:
        return False
    try:
        return ipaddress.ip_address(request.remote).is_loopback
    except ValueError:
        return False


def _json(status: int, value: object) -> web.Response:
    response = web.Response(status=status, body=orjson.dumps(value), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response
