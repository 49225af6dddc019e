"""Which static files are collected."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class StaticFiles(StaticFilesConfig):
    """Leaves out what browsers do not ask for: the packages' source maps, types and second builds."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.map", "*.ts", "*.cts", "*.cjs", "*-dev.mjs", "_types*"]
