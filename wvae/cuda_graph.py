"""A step of training that a GPU repeats by itself.

The operations of a small model take a GPU less time than Python takes to start them. As a CUDA graph they are recorded
once, and started as one: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

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
        self.size: torch.Size | None = None
        self.done = 0
        self.recording: _Recording | None = None

    def __call__(self, rows: Tensor, share: Share) -> Tensor:
        self.size = self.size or rows.shape
        if rows.shape != self.size:
            return self.step(rows, share)
        self.done += 1
        if self.done <= WARM_UP:
            return self._beside(rows, share)
        if self.recording is None:
            self.recording = self._record(rows.clone(), share)
        self.recording.rows.copy_(rows)
        self.recording.graph.replay()
        return self.recording.result

    def _beside(self, rows: Tensor, share: Share) -> Tensor:
        """The step in a stream of its own, as a recording is."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            result = self.step(rows, share)
        torch.cuda.current_stream().wait_stream(stream)
        return result

    def _record(self, rows: Tensor, share: Share) -> "_Recording":
        graph = torch.cuda.CUDAGraph()
        for generator in self.generators:
            graph.register_generator_state(generator)
        with torch.cuda.graph(graph):
            result = self.step(rows, share)
        return _Recording(graph, rows, result)


class _Recording(NamedTuple):
    """A graph that reads ``rows`` and writes ``result``, which stay where they are."""

    graph: torch.cuda.CUDAGraph
    rows: Tensor
    result: Tensor
