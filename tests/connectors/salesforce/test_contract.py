"""The real connector keeps both contracts against a simulated org."""

from collections.abc import Iterator

import pytest

from tests.connectors.contract_sink import SinkContract
from tests.connectors.contract_source import SourceContract
from tests.connectors.salesforce.org import OrgRig


@pytest.fixture
def rig() -> Iterator[OrgRig]:
    rig = OrgRig()
    yield rig
    rig.close()


class TestSalesforceSink(SinkContract):
    """The sink's contract over Salesforce."""


class TestSalesforceSource(SourceContract):
    """The source's contract over Salesforce."""

    @pytest.fixture
    def small_pages(self) -> Iterator[OrgRig]:
        rig = OrgRig(changed={"page_size": 3})
        yield rig
        rig.close()
