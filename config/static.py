"""Serving the static files from within the web processes."""

from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """Serve what was collected on a public site, and elsewhere straight from the folders.

    Where the folders are served, nothing has to be collected, and what once was is left alone.
    """

    def add_files(self, root: str, prefix: str | None = None) -> None:
        if not self.use_finders:
            super().add_files(root, prefix)
