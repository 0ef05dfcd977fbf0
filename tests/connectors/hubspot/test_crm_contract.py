"""HubSpot as the CRM keeps both contracts against a simulated account."""

import pytest

from tests.connectors.contract_sink import SinkContract
from tests.connectors.contract_source import SourceContract
from tests.connectors.hubspot.portal import PortalRig


@pytest.fixture
def rig() -> PortalRig:
    return PortalRig()


class TestHubSpotCrmSink(SinkContract):
    """The sink's contract over HubSpot."""


class TestHubSpotCrmSource(SourceContract):
    """The source's contract over HubSpot."""

    @pytest.fixture
    def small_pages(self) -> PortalRig:
        return PortalRig(changed={"page_size": 3})


class TestHubSpotCrmSinkByDate(SinkContract):
    """The sink's contract over the paths of a dated version."""

    @pytest.fixture
    def rig(self) -> PortalRig:
        return PortalRig(changed={"api_version": "2026-03"})


class TestHubSpotCrmSourceByDate(SourceContract):
    """The source's contract over the paths of a dated version."""

    @pytest.fixture
    def rig(self) -> PortalRig:
        return PortalRig(changed={"api_version": "2026-03"})

    @pytest.fixture
    def small_pages(self) -> PortalRig:
        return PortalRig(changed={"page_size": 3, "api_version": "2026-03"})
