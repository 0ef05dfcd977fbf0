"""The mark by which a test names the rows of the fault table that it covers."""

import pytest

fault = pytest.mark.fault
