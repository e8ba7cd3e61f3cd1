"""What each command of `velib` does: settings in, step called, result printed. A module holds related commands.

Arguments are declared in `cli.arguments` and `cli.options`, the list of commands in `cli.app`; `worker` wires steps
to the settings for the commands of the pipeline.
"""
