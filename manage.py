#!/usr/bin/env python
"""Tandem's command line. `--data DIR`, anywhere on the line, says where an embedded installation keeps its data."""

import os
import sys


def take_data_option(arguments: list[str]) -> list[str]:
    """Move `--data DIR` or `--data=DIR` into TANDEM_DATA, so that settings see it before any command runs."""
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--data":
            os.environ["TANDEM_DATA"] = next(waiting, "") or sys.exit("--data needs a directory")
        elif argument.startswith("--data="):
            os.environ["TANDEM_DATA"] = argument.removeprefix("--data=")
        else:
            rest.append(argument)
    return rest


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    from django.core.management import execute_from_command_line

    arguments = take_data_option(sys.argv)
    if arguments[1:2] == ["up"]:
        os.environ["TANDEM_ONE_MACHINE"] = "true"  # read by the settings, also of the processes that `up` starts
    execute_from_command_line(arguments)


if __name__ == "__main__":
    main()
