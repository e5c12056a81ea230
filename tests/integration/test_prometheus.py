"""A real Prometheus scrapes two workers under load: sums are the requests sent, every expression has data.

What "has data" means: at the moment the load ended, the expression gives at least one value that is a
number. A panel's variables are filled in as Grafana does for "All" (and ``$__rate_interval`` as one minute).
An alert is one or more comparisons with a number, joined by ``and``: the left side of each must have data,
as otherwise the alert could never fire. That each fires when it should is tested by ``promtool test rules``.
"""

import http.client
import json
import re
import shutil
import subprocess
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from signal import SIGKILL
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests import live
from tests.prometheus import SHIPPED, Prometheus, scraping
from tests.services import absent

REQUESTS = "modelhub_inference_requests_total"
_MAKE = "import json; from tests.integration import metricscene; print(json.dumps(metricscene.make()))"
EACH = 20  # requests of each kind that one client sends in a phase
CLIENTS = 3
ROWS = 3
DASHBOARD = json.loads((SHIPPED / "dashboard.json").read_text())
RULES = yaml.safe_load((SHIPPED / "rules.yml").read_text())


def _panels() -> Iterator[tuple[str, str]]:
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            yield f"{panel['title']} {target['refId']}", target["expr"]


def _rules() -> Iterator[tuple[str, str]]:
    for group in RULES["groups"]:
        for rule in group["rules"]:
            if "record" in rule:
                yield rule["record"], rule["expr"]
            for part in rule["expr"].split(" and ") if "alert" in rule else []:
                expression, found = re.subn(r"\s(==|>|<)\s[\d.]+\s*$", "", part)
                assert found == 1, f"{rule['alert']} is no comparison with a number: {part}"
                yield rule["alert"], expression


def _filled_in(expression: str) -> str:
    expression = expression.replace("$__rate_interval", "1m")
    return re.sub(r"\$\w+", ".*", expression)


PANELS, EXPRESSIONS = list(_panels()), list(_rules())


@dataclass
class Scene:
    """What was sent, what the hub then said, and the Prometheus that saw it."""

    sent: Counter[tuple[str, str]]  # by endpoint and outcome
    text: str
    prometheus: Prometheus
    ended_at: float
    killed: live.Load  # afterwards: a load in the middle of which a worker was killed
    text_after: str

    def sum(self, name: str, **labels: str) -> float:
        """The values of that sample name under these labels, added up."""
        return _sum(self.text, name, **labels)


def _sum(text: str, name: str, **labels: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


class Client(threading.Thread):
    """Sends every kind of request in turn, and counts what it sent by what has to come of it."""

    def __init__(self, port: int, features: int) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        logs = [{"message": f"sshd line {number}"} for number in range(ROWS)] + ["no object", 7]
        rows = {"features": [[0.5] * features] * ROWS}
        self._kinds = [
            ("predict", "SUCCESS", 200, "POST", "predict", json.dumps(rows)),
            ("analyze", "SUCCESS", 200, "POST", "analyze", json.dumps(logs)),
            ("predict", "REJECTED", 400, "POST", "predict", "{"),
            ("predict", "REJECTED", 404, "POST", "predict?model=nobody", json.dumps(rows)),
            ("analyze", "REJECTED", 405, "PUT", "analyze", "[]"),
            ("predict", "BACKEND", 503, "POST", "predict?model=broken", json.dumps(rows)),
        ]
        self.sent: Counter[tuple[str, str]] = Counter()
        self.wrong: list[tuple[str, int]] = []

    def run(self) -> None:
        for _ in range(EACH):
            for endpoint, outcome, status, method, path, body in self._kinds:
                headers = {"Content-Type": "application/json"}
                self._connection.request(method, f"/api/v1/models/{path}", body, headers)
                answer = self._connection.getresponse()
                answer.read()
                self.sent[endpoint, outcome] += 1
                if status != 200:
                    self._connection.close()  # the server may: it has not read all of such a request
                if answer.status != status:
                    self.wrong.append((path, answer.status))
        self._connection.close()


def _load(hub: live.Hub, features: int) -> Counter[tuple[str, str]]:
    clients = [Client(hub.port, features) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert not [wrong for client in clients for wrong in client.wrong][:5]
    return sum((client.sent for client in clients), Counter())


def _scrape(port: int, token: str) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(answer.read().decode())


def _replace_a_worker(hub: live.Hub) -> None:
    before = hub.workers()
    live.stop(before[0], SIGKILL)
    deadline = time.monotonic() + 30
    while not (len(hub.workers()) == 2 and set(hub.workers()) != set(before)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _load_with_a_kill(hub: live.Hub, features: int) -> live.Load:
    body = json.dumps({"features": [[0.5] * features] * ROWS}).encode()
    load = live.Load(hub.port, body, wanted=1_500)
    threads = load.start(clients=CLIENTS)
    load.wait_for(500)
    live.stop(hub.workers()[0], SIGKILL)
    for thread in threads:
        thread.join()
    return load


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Load, a worker killed by SIGKILL and replaced, load again, and one scrape a second after the end."""
    folder = tmp_path_factory.mktemp("prometheus")
    hub = live.hub(folder / "home", AUTO_FALLBACK="false")
    hub.prepare()
    token, features = hub.python(_MAKE)
    with (
        hub.serving(workers=2, log=folder / "log"),
        scraping(folder / "p", hub.port, token=token) as prometheus,
    ):
        prometheus.wait_for("modelhub_database_up")
        sent = _load(hub, features)
        prometheus.wait_for(f'{REQUESTS}{{outcome="SUCCESS"}} > 0')
        time.sleep(1.5)  # batches are written every 0.75 s: what was not yet is what a hard kill takes
        _replace_a_worker(hub)
        for _ in range(2):
            sent += _load(hub, features)
            time.sleep(1)
        sent += _load(hub, features)
        time.sleep(1)
        text = _scrape(hub.port, token)
        time.sleep(1.5)  # one more scrape, and one more evaluation of the recording rules
        ended_at = time.time()
        killed = _load_with_a_kill(hub, features)
        yield Scene(sent, text, prometheus, ended_at, killed, _scrape(hub.port, token))


@pytest.mark.parametrize("endpoint", ["predict", "analyze"])
@pytest.mark.parametrize("outcome", ["SUCCESS", "REJECTED", "BACKEND", "CANCELED", "OTHER"])
def test_the_sums_of_two_workers_are_the_requests_sent(scene: Scene, endpoint: str, outcome: str) -> None:
    assert scene.sum(REQUESTS, endpoint=endpoint, outcome=outcome) == scene.sent[endpoint, outcome]


def test_the_sum_of_everything_is_the_requests_sent(scene: Scene) -> None:
    assert scene.sum(REQUESTS) == scene.sent.total() > 0


def test_a_worker_that_is_killed_at_work_takes_no_request_with_it(scene: Scene) -> None:
    """It may have answered those whose connection broke, or not; all others are counted."""
    labels = {"endpoint": "predict", "outcome": "SUCCESS"}
    counted = _sum(scene.text_after, REQUESTS, **labels) - scene.sum(REQUESTS, **labels)
    answered, uncertain = scene.killed.answered, scene.killed.uncertain
    assert answered == 1_500
    assert answered <= counted <= answered + uncertain


def test_records_and_durations_are_those_of_the_answered_requests(scene: Scene) -> None:
    answered = scene.sent["predict", "SUCCESS"] + scene.sent["analyze", "SUCCESS"]
    assert scene.sum("modelhub_records_scored_total") == answered * ROWS
    for stage in ("queue", "features", "model", "total"):
        assert scene.sum("modelhub_inference_duration_seconds_count", stage=stage) == answered
    assert scene.sum("modelhub_inference_batch_records_sum") == answered * ROWS
    anomalies = scene.sum("modelhub_records_scored_total", verdict="anomaly")
    assert scene.sum("modelhub_anomaly_severity_count") == anomalies > 0


def test_log_records_are_those_sent(scene: Scene) -> None:
    analyzed = scene.sent["analyze", "SUCCESS"]
    assert scene.sum("modelhub_logs_received_total") == analyzed * (ROWS + 2)
    assert scene.sum("modelhub_logs_rejected_total") == analyzed * 2


def test_prometheus_has_the_same_sums(scene: Scene) -> None:
    assert scene.prometheus.values(f"sum({REQUESTS})", scene.ended_at) == [scene.sent.total()]


def test_a_replaced_worker_is_no_third_one(scene: Scene) -> None:
    names = "modelhub_worker_generation"
    assert scene.prometheus.values(
        f'count(count by (worker) ({names}{{model="default"}}))', scene.ended_at
    ) == [2]


@pytest.mark.parametrize("expression", [one for _, one in PANELS], ids=[name for name, _ in PANELS])
def test_every_panel_has_data(scene: Scene, expression: str) -> None:
    assert scene.prometheus.values(_filled_in(expression), scene.ended_at)


@pytest.mark.parametrize("expression", [one for _, one in EXPRESSIONS], ids=[name for name, _ in EXPRESSIONS])
def test_every_rule_has_data(scene: Scene, expression: str) -> None:
    assert scene.prometheus.values(expression, scene.ended_at)


def test_prometheus_evaluates_every_rule(scene: Scene) -> None:
    rules = [rule for group in scene.prometheus.ask("rules")["groups"] for rule in group["rules"]]
    assert len(rules) == sum(len(group["rules"]) for group in RULES["groups"])
    assert [rule["name"] for rule in rules if rule["health"] != "ok" or rule.get("lastError")] == []


def test_what_is_wrong_in_the_scene_is_alerted(scene: Scene) -> None:
    found = {one["labels"]["alertname"] for one in scene.prometheus.ask("alerts")["alerts"]}
    assert found >= {
        "ModelhubModelNotServed",
        "ModelhubWorkerDegraded",
        "ModelhubFailures",
        "ModelhubDrift",
        "ModelhubFellBack",
    }
    assert not found & {"ModelhubDown", "ModelhubDatabaseAway", "ModelhubMetricsIncomplete"}


def test_variables_of_the_dashboard_have_values(scene: Scene) -> None:
    asked = [one["query"]["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
    assert len(asked) == 3
    for query in asked:
        series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()  # type: ignore[union-attr]
        found = scene.prometheus.ask(f"label/{label}/values", **{"match[]": _filled_in(series)})
        assert found, query


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "rules.yml"),
        ("check", "config", "--syntax-only", "prometheus.yml"),
        ("test", "rules", "rules_test.yml"),
    ],
    ids=["rules", "configuration", "alerts"],
)
def test_promtool_accepts_what_is_shipped(arguments: tuple[str, ...]) -> None:
    program = shutil.which("promtool") or absent("promtool is not installed")
    done = subprocess.run([program, *arguments], cwd=SHIPPED, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_and_says_what_to_do() -> None:
    alerts = [rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule]
    for rule in alerts:
        assert set(rule["annotations"]) == {"summary", "description", "action"}, rule["alert"]
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    tested = yaml.safe_load((SHIPPED / "rules_test.yml").read_text())["tests"]
    cases = [case for one in tested for case in one["promql_expr_test"]]
    assert _names(cases, fires=True) == _names(cases, fires=False) == {rule["alert"] for rule in alerts}


def _names(cases: list[dict[str, Any]], *, fires: bool) -> set[str]:
    """Alerts that ``rules_test.yml`` expects to fire in one of its cases, or expects not to."""
    wanted = [case["expr"] for case in cases if bool(case["exp_samples"]) == fires]
    return {name for expression in wanted for name in re.findall(r'alertname="(\w+)"', expression)}
