"""Reads and writes `.npz` files of plain arrays, without NumPy: no object of Python is in them.

NumPy reads what is written here, and what it wrote is read here where the arrays are lists of
`float64` or `int32`. The same arrays give the same bytes.
"""

import io
import re
import sys
import zipfile
import zlib
from array import array
from collections.abc import Mapping
from typing import Final

_MAGIC: Final = b"\x93NUMPY\x01\x00"
_HEADER: Final = re.compile(
    r"\{'descr': '(?P<kind><f8|<i4)', 'fortran_order': False, 'shape': \((?P<n>\d+),\), \}\s*"
)
_CODES: Final = {"<f8": "d", "<i4": "i"}
_KINDS: Final = {code: kind for kind, code in _CODES.items()}
_START: Final = 10  # magic, version and the length of the header
_ALIGNED: Final = 64
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
LARGEST: Final = 1 << 20
LONGEST: Final = 8 << 20  # bytes of all arrays
MOST: Final = 1 << 20  # numbers of one array
_SUFFIX: Final = ".npy"
Arrays = Mapping[str, "array[float] | array[int]"]


class NotArrays(ValueError):
    """A file that does not hold plain arrays."""


def written(arrays: Arrays) -> bytes:
    """Return a file with arrays."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}{_SUFFIX}", _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, _npy(arrays[name]))
    return out.getvalue()


def read(content: bytes) -> dict[str, "array[float] | array[int]"]:
    """Return the arrays of a file, or raise."""
    if len(content) > LARGEST:
        raise NotArrays("a head is no larger than 1 MB")
    return {name.removesuffix(_SUFFIX): _array(body) for name, body in _unpacked(content)}


def _unpacked(content: bytes) -> list[tuple[str, bytes]]:
    """Return the files of an archive by name; no error of the library's own comes out."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            entries = file.infolist()
            if sum(entry.file_size for entry in entries) <= LONGEST:
                return [(entry.filename, file.read(entry)) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError) as error:
        raise NotArrays("it is no `.npz` file") from error
    raise NotArrays("its arrays are too long")


def _npy(numbers: "array[float] | array[int]") -> bytes:
    kind = _KINDS[numbers.typecode]
    told = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({len(numbers)},), }}"
    room = -(_START + len(told) + 1) % _ALIGNED
    header = f"{told}{' ' * room}\n".encode("ascii")
    return _MAGIC + len(header).to_bytes(2, "little") + header + _little(numbers).tobytes()


def _array(content: bytes) -> "array[float] | array[int]":
    end = _START + int.from_bytes(content[8:_START], "little")
    told = _HEADER.fullmatch(content[_START:end].decode("ascii", "replace"))
    if content[:8] != _MAGIC or told is None:
        raise NotArrays("it holds what is no list of `float64` or `int32`")
    numbers: array[float] | array[int] = array(_CODES[told["kind"]])
    body = content[end:]
    if int(told["n"]) > MOST or len(body) != int(told["n"]) * numbers.itemsize:
        raise NotArrays("an array is cut off")
    numbers.frombytes(body)
    return _little(numbers)


def _little(numbers: "array[float] | array[int]") -> "array[float] | array[int]":
    """Return numbers with their bytes in the order of files, from that of the machine or back."""
    if sys.byteorder == "little":
        return numbers
    turned = numbers[:]
    turned.byteswap()
    return turned
