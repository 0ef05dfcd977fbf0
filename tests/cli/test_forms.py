"""A form that qualifies counts although another one was sent before slasync looked again."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.desk import a_desk


@pytest.mark.parametrize(("forms", "tasks"), [
    (("Demo request", "Newsletter"), 1),
    (("Newsletter", "Webinar"), 0),
])  # fmt: skip
def test_a_demo_request_before_a_newsletter_hands_the_lead_over(
    tmp_path: Path, forms: tuple[str, ...], tasks: int
) -> None:
    desk = a_desk(tmp_path)
    desk.work()
    contact = desk.arrives(score=1)
    desk.work()
    for form in forms:  # while slasync is not running
        desk.wait(timedelta(minutes=10))
        desk.town.hubspot.submit_form(contact, form)
    for _ in range(3):
        desk.work()

    assert len(desk.rows("Task")) == tasks
    if tasks:
        assert "Demo request" in desk.slasync("explain", f"hubspot:contact:{contact}").stdout
