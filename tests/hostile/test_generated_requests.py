"""Ten thousand requests that nobody's browser would send: each gets an answer, and none an accident.

`make hostile` sends them all; `make test` the first tenth. In chunks, so that several workers share them. The same
seed makes the same requests again, but for random ids.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.hostile.portal import Portal
from tests.hostile.requests import fire, shots

pytestmark = pytest.mark.django_db

REQUESTS = 250
CHUNKS = int(os.environ.get("HOSTILE_REQUESTS", 1000)) // REQUESTS


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_request_is_answered(portal: Portal, chunk: int) -> None:
    answers: Counter[int] = Counter()

    @seed(chunk)
    @settings(
        max_examples=REQUESTS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(st.data())
    def send(data: st.DataObject) -> None:
        shot = data.draw(shots(portal))
        answers[fire(portal, shot).status_code] += 1

    send()
    assert answers.total() == REQUESTS
    print(sorted(answers.items()))
