"""A step of training that a GPU repeats by itself.

The operations of a small model take a GPU less time than Python takes to start them. As a CUDA graph they are recorded
once, and started as one: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from wvae.processes import Share, process_count

Step = Callable[[Tensor, Share], Tensor]

WARM_UP = 3
"""Steps before the recording, in which libraries ask for the memory that they need."""


def repeated(step: Step, generators: Sequence[torch.Generator]) -> Step:
    """A ``step`` that is done many times, as a CUDA graph where one process has the whole batch on a GPU.

    Args:
        step: from the rows of a batch, int64 with the images in the last dimension, and its share of them to a tensor.
            All else that it reads and changes stays where it is, and it never waits for the GPU.
        generators: those that it draws from, on the device.
    """
    on_gpu = generators[0].device.type == "cuda" and process_count() == 1
    return CudaGraph(step, generators) if on_gpu else step


class CudaGraph:
    """What a step does with a batch, recorded; see :func:`repeated`. A batch of another size than the first one is
    done operation by operation."""

    def __init__(self, step: Step, generators: Sequence[torch.Generator]) -> None:
        self.step, self.generators = step, generators
        self.graph: torch.cuda.CUDAGraph | None = None
        self.warm = 0
        self.rows: Tensor | None = None
        self.result: Tensor | None = None

    def __call__(self, rows: Tensor, share: Share) -> Tensor:
        if self.rows is None:
            self.rows = rows.clone()
        if rows.shape != self.rows.shape:
            return self.step(rows, share)
        if self.warm < WARM_UP:
            self.warm += 1
            return self._beside(rows, share)
        self.rows.copy_(rows)
        if self.graph is None:
            self._record(share)
        assert self.graph is not None and self.result is not None
        self.graph.replay()
        return self.result

    def _beside(self, rows: Tensor, share: Share) -> Tensor:
        """The step in a stream of its own, as a recording is."""
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            result = self.step(rows, share)
        torch.cuda.current_stream().wait_stream(stream)
        return result

    def _record(self, share: Share) -> None:
        self.graph = torch.cuda.CUDAGraph()
        for generator in self.generators:
            self.graph.register_generator_state(generator)
        with torch.cuda.graph(self.graph):
            self.result = self.step(self.rows, share)
