"""``dmr completion``: the lines that teach a shell to complete ``dmr``."""

import click

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options, and names of metrics and dimensions.

    \b
    Put one of these where your shell starts:
      eval "$(dmr completion bash)"
      eval "$(dmr completion zsh)"
      dmr completion fish | source
    """
    from click.shell_completion import get_completion_class

    from dailymotion_reports.cli.main import COMPLETE, group

    kind = get_completion_class(shell)
    assert kind is not None, "click knows the three shells"
    # Where we have nothing to offer, a shell completes names of files.
    source = kind(group, {}, "dmr", COMPLETE).source().replace("complete -o nosort", "complete -o nosort -o default")
    click.echo(source)
