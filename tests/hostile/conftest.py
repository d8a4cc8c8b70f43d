"""One portal for all tests of this folder: made once, left as it was by every request sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.hostile.portal import Portal, build, explore


@pytest.fixture(scope="package")
def portal(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        yield explore(build(patch, tmp_path_factory.mktemp("attachments")))
        transaction.set_rollback(True)
