"""What the pages of clients show: card types with their promotions, at the location Center."""

from tests.cast import Cast
from tests.clients.guests import Programs, make_programs
from tests.scene import scene


@scene
def programs(cast: Cast) -> Programs:
    return make_programs(cast.center)
