"""Of the desks that ask one web process at the same time, who saves comes first."""

from threading import Thread

from visits.window.turns import Turns


def test_a_save_goes_before_windows_that_wait() -> None:
    turns, done = Turns(seconds=60), []

    def take(who: str, *, saves: bool) -> None:
        with turns.turn(saves=saves):
            done.append(who)

    desks = [Thread(target=take, args=(f"window {number}",), kwargs={"saves": False}) for number in range(3)]
    desks += [Thread(target=take, args=("save",), kwargs={"saves": True})]
    with turns.turn(saves=False):
        for desk in desks:
            desk.start()
        while turns.waiting < len(desks):
            pass
        assert not done
    for desk in desks:
        desk.join()
    assert done[0] == "save"
    assert len(done) == len(desks)


def test_nobody_waits_for_ever() -> None:
    turns = Turns(seconds=0)
    with turns.turn(saves=True), turns.turn(saves=False), turns.turn(saves=True):
        pass
