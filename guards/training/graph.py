"""Builds the graph of an encoder step by step; what is linear is exact, or int8 by column.

Weights have 7 bits: processors without instructions for 8 bits add two products in 16 bits, and
two large ones of 8 bits overflow there without a word. So all processors compute the same.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from guards.training import proto

Weights = NDArray[np.float32]
MOST_7_BITS: Final = 63
MOST_8_BITS: Final = 127
EXACT: Final = 32
INT8: Final = 8


def scaled(weights: Weights, most: int) -> tuple[NDArray[np.int8], Weights]:
    """Return rows of whole numbers up to `most`, and by how much each row is to be multiplied."""
    top = np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-12)
    scale = (top / most).astype(np.float32)
    return np.rint(weights / scale).clip(-most, most).astype(np.int8), scale


class Graph:
    """Steps and constants of a graph under construction; each result has a name."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._nodes: list[bytes] = []
        self._tensors: list[bytes] = []
        self._known: dict[str, str] = {}
        self._number = 0

    def _fresh(self) -> str:
        self._number += 1
        return f"v{self._number}"

    def constant(self, values: NDArray[np.generic]) -> str:
        """Add numbers that never change."""
        name = f"c{len(self._tensors)}"
        self._tensors.append(proto.tensor(name, values))
        return name

    def whole(self, *numbers: int) -> str:
        """Add whole numbers, such as a shape; the same ones once."""
        key = repr(numbers)
        if key not in self._known:
            self._known[key] = self.constant(np.asarray(numbers, dtype=np.int64))
        return self._known[key]

    def add(self, kind: str, *inputs: str, **attributes: proto.Attribute) -> str:
        """Add a step with one result."""
        return self.split(kind, 1, *inputs, **attributes)[0]

    def split(
        self, kind: str, number: int, *inputs: str, **attributes: proto.Attribute
    ) -> list[str]:
        """Add a step with several results."""
        outputs = [self._fresh() for _ in range(number)]
        self._nodes.append(proto.node(kind, inputs, outputs, attributes))
        return outputs

    def linear(self, x: str, weights: Weights, bias: Weights) -> str:
        """Multiply by weights whose rows are what comes out, as PyTorch keeps them."""
        if self.bits == EXACT:
            product = self.add("MatMul", x, self.constant(weights.T))
        else:
            product = self._whole_product(x, weights)
        return self.add("Add", product, self.constant(bias))

    def _whole_product(self, x: str, weights: Weights) -> str:
        numbers, scale = scaled(weights, MOST_7_BITS)
        whole, step, zero = self.split("DynamicQuantizeLinear", 3, x)
        summed = self.add("MatMulInteger", whole, self.constant(numbers.T), zero)
        by = self.add("Mul", step, self.constant(scale[:, 0]))
        return self.add("Mul", self.add("Cast", summed, to=proto.FLOAT), by)

    def rows(self, table: Weights, at: str) -> str:
        """Look rows of a table up."""
        if self.bits == EXACT:
            return self.add("Gather", self.constant(table), at)
        numbers, scale = scaled(table, MOST_8_BITS)
        found = self.add("Gather", self.constant(numbers), at)
        by = self.add("Gather", self.constant(scale), at)
        return self.add("Mul", self.add("Cast", found, to=proto.FLOAT), by)

    def normed(self, x: str, scale: Weights, bias: Weights, epsilon: float) -> str:
        """Bring each row to one mean and one spread."""
        told = (x, self.constant(scale), self.constant(bias))
        return self.add("LayerNormalization", *told, epsilon=epsilon, axis=-1)

    def file(self, output: str, shape: proto.Shape) -> bytes:
        """Return the graph as the content of a file, with `ids` as its input."""
        nodes = [*self._nodes, proto.node("Identity", [output], ["out"], {})]
        inputs = [proto.named("ids", proto.INT64, ["tokens"])]
        return proto.model(nodes, self._tensors, inputs, [proto.named("out", proto.FLOAT, shape)])


def stacked(parts: Sequence[Weights]) -> Weights:
    """Return weights one below the other, to be multiplied at once."""
    return np.concatenate(parts, axis=0)
