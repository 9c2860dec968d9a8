"""Writes the few parts of ONNX files that an encoder needs, so that no further library is.

ONNX files are messages of Protocol Buffers: fields with a number, each a varint or bytes.
The numbers are those of `onnx.proto`, which are never given to another field.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

OPSET: Final = 20  # the first one with `Gelu`
IR: Final = 9
FLOAT: Final = 1
_TYPES: Final[Mapping[str, int]] = {"float32": FLOAT, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
INT64: Final = _TYPES["int64"]
_SEVEN_BITS: Final = 0x7F
_BYTES: Final = 2  # the wire type of whatever has a length
_FIXED_32: Final = 5

Attribute = int | float | Sequence[int]
Shape = Sequence[int | str]


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1  # a negative number is written as its complement
    found = bytearray()
    while number > _SEVEN_BITS:
        found.append(number & _SEVEN_BITS | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes | str) -> bytes:
    told = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | _BYTES) + _varint(len(told)) + told


def tensor(name: str, values: NDArray[np.generic]) -> bytes:
    """Return a constant of the graph."""
    dims = b"".join(_number(1, one) for one in values.shape)
    raw = np.ascontiguousarray(values).tobytes()
    return dims + _number(2, _TYPES[values.dtype.name]) + _bytes(8, name) + _bytes(9, raw)


def node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], attributes: Mapping[str, Attribute]
) -> bytes:
    """Return one step of the graph."""
    told = [_bytes(1, one) for one in inputs] + [_bytes(2, one) for one in outputs]
    told.append(_bytes(4, kind))
    told += [_bytes(5, _attribute(name, value)) for name, value in attributes.items()]
    return b"".join(told)


def _attribute(name: str, value: Attribute) -> bytes:
    match value:
        case int():
            return _bytes(1, name) + _number(3, value) + _number(20, 2)
        case float():
            told = _varint(2 << 3 | _FIXED_32) + struct.pack("<f", value)
            return _bytes(1, name) + told + _number(20, 1)
        case _:
            numbers = b"".join(_number(8, one) for one in value)
            return _bytes(1, name) + numbers + _number(20, 7)


def named(name: str, kind: int, shape: Shape) -> bytes:
    """Return what an input or an output is."""
    dims = (_number(1, one) if isinstance(one, int) else _bytes(2, one) for one in shape)
    shaped = b"".join(_bytes(1, one) for one in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shaped)))


def model(
    nodes: Iterable[bytes],
    tensors: Iterable[bytes],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
) -> bytes:
    """Return a whole file."""
    graph = [_bytes(1, one) for one in nodes]
    graph.append(_bytes(2, "encoder"))
    graph += [_bytes(5, one) for one in tensors]
    graph += [_bytes(11, one) for one in inputs] + [_bytes(12, one) for one in outputs]
    return b"".join(
        (
            _number(1, IR),
            _bytes(2, "drawbar"),
            _bytes(7, b"".join(graph)),
            _bytes(8, _bytes(1, "") + _number(2, OPSET)),
        )
    )
