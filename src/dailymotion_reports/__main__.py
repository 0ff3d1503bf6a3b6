"""``python -m dailymotion_reports`` is ``dmr``, and so is its script: the first thing of ours that runs.

Until the command can tell of an interrupt, Ctrl-C ends the process without a word: loading takes a moment, and
nothing is under way yet that could be lost.
"""

import gc
import sys

try:
    import signal

    # Where the caller has interrupts ignored, they stay ignored.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
except KeyboardInterrupt:
    sys.exit(130)


def run() -> None:
    """Load the command and run it; it exits.

    What is loaded stays.  Looking through it for garbage, while it is loaded and once more at the end, would be a
    tenth of the time that a short command takes.
    """
    gc.set_threshold(50_000, 20, 20)
    from dailymotion_reports.cli.main import main

    gc.freeze()
    main()


if __name__ == "__main__":
    run()
