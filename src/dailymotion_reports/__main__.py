"""``python -m dailymotion_reports`` is ``dmr``."""

from dailymotion_reports.cli.main import main

main()
