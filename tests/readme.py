"""The commands of README ▸ Production, read out of it, so that tests run what people are told to run."""

import re
import shlex

from config.servers.paths import PROJECT

COMMENT = re.compile(r"\s+#\s.*$", re.MULTILINE)


def production_commands() -> list[list[str]]:
    """In their order, each split into its words as a shell does; the comments behind them are left out."""
    _before, _title, section = (PROJECT / "README.md").read_text().partition("\n## Production\n")
    section = section.partition("\n## ")[0]
    block = "\n".join(line for line in section.splitlines() if line.startswith("    "))
    lines = COMMENT.sub("", block.replace("\\\n", " ")).splitlines()
    return [shlex.split(line) for line in lines if line.strip()]


def running_parts() -> dict[str, list[str]]:
    """Of the commands, those that keep running: web, worker, scheduler."""
    web, worker, scheduler = (words for words in production_commands() if {"gunicorn", "celery"} & set(words))
    return {"web": web, "worker": worker, "scheduler": scheduler}
