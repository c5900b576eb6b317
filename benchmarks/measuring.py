"""How long the commands take that measure a model, and how much memory: benchmark, retrieve, evaluate.

    PYTHONPATH=. python benchmarks/measuring.py [COMMAND ...]

Each runs five times in a process of its own as ``python -m wvae COMMAND checkpoints/qmnist-style --data qmnist:train``,
with all else as it is by default. Digits lie where ``WVAE_DATA`` says.
"""

import sys

from benchmarks.measured import Table, cost

TURNS = 5
TARGETS = {"benchmark": "60", "retrieve": "", "evaluate": ""}


def main(commands: list[str]) -> None:
    with Table("measuring") as table:
        for command in commands:
            arguments = ("-m", "wvae", command, "checkpoints/qmnist-style", "--data", "qmnist:train")
            costs = [cost(*arguments) for _ in range(TURNS)]
            table.add(command, [one.seconds for one in costs], "s", TARGETS[command])
            table.add(f"{command}: of processors", [one.processor_seconds for one in costs], "s")
            table.add(f"{command}: memory", [one.megabytes for one in costs], "MB")


if __name__ == "__main__":
    main(sys.argv[1:] or list(TARGETS))
