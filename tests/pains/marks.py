"""The mark by which a test names the pains that it shows to be gone."""

import pytest

pain = pytest.mark.pain
