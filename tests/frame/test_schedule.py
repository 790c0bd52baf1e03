"""What the scheduler sends, the worker knows."""

from django.conf import settings

from config.celery import app


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled == {
        "chains.tasks.forget_sessions",
        "clients.tasks.deliver_messages",
        "reports.tasks.delete_past_exports",
        "reports.tasks.note_worker",
        "reports.tasks.write_exports",
        "visits.tasks.burn_points",
        "visits.tasks.debit_appointments",
        "visits.tasks.renew_memberships",
        "visits.tasks.send_notices",
        "visits.tasks.sum_rows",
    }
    assert scheduled <= set(app.tasks)


def test_nothing_runs_in_the_process_that_sends_it() -> None:
    assert not app.conf.task_always_eager
