"""What the pages of clients show: card types with their promotions, at the location Center."""

import pytest

from tests.cast import Cast
from tests.clients.guests import Programs, make_programs


@pytest.fixture
def programs(cast: Cast) -> Programs:
    return make_programs(cast.center)
