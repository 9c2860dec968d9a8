"""A BERT as a graph for one text: token numbers in; a vector or logits out.

There is one text and nothing is filled up, so no mask is needed; all tokens are of type 0.
"""

from collections.abc import Mapping
from math import sqrt

import numpy as np

from guards.classifier.encoder.folder import Head
from guards.training.graph import Graph, Weights, stacked
from guards.training.weights import Config


class Bert:
    """Builds one graph."""

    def __init__(self, config: Config, weights: Mapping[str, Weights], bits: int) -> None:
        self._config = config
        self._weights = weights
        self._graph = Graph(bits)

    def file(self, head: Head) -> bytes:
        """Return the content of an ONNX file."""
        x = self._embedded()
        for number in range(self._config.layers):
            x = self._layer(x, f"encoder.layer.{number}.")
        if head == "vector":
            axes = self._graph.whole(0)
            out = self._graph.add("ReduceMean", x, axes, keepdims=0)
            return self._graph.file(out, [self._config.width])
        return self._graph.file(self._labelled(x), [len(self._config.labels)])

    def _named(self, name: str) -> tuple[Weights, Weights]:
        return self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]

    def _linear(self, x: str, name: str) -> str:
        return self._graph.linear(x, *self._named(name))

    def _normed(self, x: str, name: str) -> str:
        return self._graph.normed(x, *self._named(name), self._config.epsilon)

    def _embedded(self) -> str:
        graph, of = self._graph, self._weights
        words = graph.rows(of["embeddings.word_embeddings.weight"], "ids")
        types = of["embeddings.token_type_embeddings.weight"][0]
        places = graph.constant(of["embeddings.position_embeddings.weight"] + types)
        length = graph.add("Shape", "ids")
        ahead = graph.add("Slice", places, graph.whole(0), length, graph.whole(0))
        return self._normed(graph.add("Add", words, ahead), "embeddings.LayerNorm")

    def _layer(self, x: str, name: str) -> str:
        graph = self._graph
        attended = self._linear(self._attention(x, name), f"{name}attention.output.dense")
        x = self._normed(graph.add("Add", x, attended), f"{name}attention.output.LayerNorm")
        wide = graph.add("Gelu", self._linear(x, f"{name}intermediate.dense"))
        narrow = self._linear(wide, f"{name}output.dense")
        return self._normed(graph.add("Add", x, narrow), f"{name}output.LayerNorm")

    def _attention(self, x: str, name: str) -> str:
        graph, heads = self._graph, self._config.heads
        size = self._config.width // heads
        parts = [self._named(f"{name}attention.self.{one}") for one in ("query", "key", "value")]
        less = np.float32(1 / sqrt(size))
        parts[0] = (parts[0][0] * less, parts[0][1] * less)
        every = graph.linear(
            x, stacked([one for one, _ in parts]), stacked([one for _, one in parts])
        )
        shaped = graph.add("Reshape", every, graph.whole(0, 3, heads, size))
        apart = graph.add("Transpose", shaped, perm=[1, 2, 0, 3])
        query, key, value = (
            graph.add("Squeeze", one, graph.whole(0))
            for one in graph.split("Split", 3, apart, axis=0, num_outputs=3)
        )
        scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 2, 1]))
        found = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
        together = graph.add("Transpose", found, perm=[1, 0, 2])
        return graph.add("Reshape", together, graph.whole(0, self._config.width))

    def _labelled(self, x: str) -> str:
        """Read the first token alone; this last step stays exact, it is small."""
        graph = self._graph
        first = graph.add("Slice", x, graph.whole(0), graph.whole(1), graph.whole(0))
        pooled = graph.add("Tanh", self._exactly(first, "pooler.dense"))
        logits = self._exactly(pooled, "classifier")
        return graph.add("Reshape", logits, graph.whole(len(self._config.labels)))

    def _exactly(self, x: str, name: str) -> str:
        weights, bias = self._named(name)
        product = self._graph.add("MatMul", x, self._graph.constant(weights.T))
        return self._graph.add("Add", product, self._graph.constant(bias))
