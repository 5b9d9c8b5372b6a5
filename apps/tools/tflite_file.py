"""Writes .tflite files: a model of the format's tables, and the FlatBuffers encoding beneath it.

Needs nothing but the standard library.
"""

import struct

IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3

# Types of tensors.
INT32, INT8 = 2, 9
# Paddings and fused activations.
SAME, VALID = 0, 1
NO_ACTIVATION, RELU6 = 0, 3
# Operators: (code, version, type of the options). The versions are the first that take int8.
AVERAGE_POOL_2D = (1, 2, 5)
CONV_2D = (3, 3, 1)
DEPTHWISE_CONV_2D = (4, 3, 2)
FULLY_CONNECTED = (9, 4, 8)
RESHAPE = (22, 1, 17)
SOFTMAX = (25, 2, 9)

BUFFER_ALIGNMENT = 16
LARGEST_BYTE = 127      # codes of operators beyond do not fit the byte that used to hold them


# ---- FlatBuffers.

class Scalar:
    """A number, with its format as struct names it."""

    def __init__(self, kind, value):
        self.data = struct.pack("<" + kind, value)

    def size(self):
        return len(self.data)


class Vector:
    """Numbers one after the other; the first is at a multiple of `alignment`."""

    def __init__(self, kind, values, alignment=4):
        self.data = struct.pack(f"<{len(values)}{kind}", *values)
        self.count = len(values)
        self.alignment = max(4, struct.calcsize("<" + kind), alignment)

    def size(self):
        return 4    # in the table: an offset

    def write(self, out):
        align(out, self.alignment, ahead=4)
        start = len(out)
        out += struct.pack("<I", self.count) + self.data
        return start


class String(Vector):
    """Text, with a zero byte behind it."""

    def __init__(self, text):
        super().__init__("B", text.encode())
        self.data += b"\0"


class Tables:
    """A vector of tables."""

    def __init__(self, tables):
        self.tables = tables

    def size(self):
        return 4

    def write(self, out):
        align(out, 4)
        start = len(out)
        out += struct.pack("<I", len(self.tables)) + bytes(4 * len(self.tables))
        for i, table in enumerate(self.tables):
            refer(out, start + 4 + 4 * i, table)
        return start


class Table:
    """Fields by number: Scalar, Vector, String, Tables or Table."""

    def __init__(self, fields=None):
        self.fields = fields or {}

    def size(self):
        return 4

    def write(self, out):
        """Appends the table and then all it refers to, as offsets only point ahead; returns where it starts."""
        entries = max(self.fields, default=-1) + 1
        vtable_size = 4 + 2 * entries
        align(out, 4, ahead=vtable_size)
        vtable = len(out)
        start = vtable + vtable_size
        out += bytes(vtable_size) + struct.pack("<i", start - vtable)
        # Numbers of four bytes and offsets first, so that all are aligned without gaps.
        for number, field in sorted(self.fields.items(), key=lambda item: (-item[1].size(), item[0])):
            struct.pack_into("<H", out, vtable + 4 + 2 * number, len(out) - start)
            out += field.data if isinstance(field, Scalar) else bytes(4)
        struct.pack_into("<HH", out, vtable, vtable_size, len(out) - start)
        for number, field in sorted(self.fields.items()):
            if not isinstance(field, Scalar):
                (place,) = struct.unpack_from("<H", out, vtable + 4 + 2 * number)
                refer(out, start + place, field)
        return start


def align(out, alignment, ahead=0):
    """Adds zeros until what comes `ahead` bytes later is at a multiple of the alignment."""
    out += bytes(-(len(out) + ahead) % alignment)


def refer(out, place, target):
    """Appends the target and lets the offset at `place` point to it."""
    struct.pack_into("<I", out, place, target.write(out) - place)


def flat_file(root, identifier):
    out = bytearray(4) + identifier
    refer(out, 0, root)
    return bytes(out)


# ---- The tables of the format.

def conv_options(padding, stride, activation):
    return Table({0: Scalar("b", padding), 1: Scalar("i", stride), 2: Scalar("i", stride),
                  3: Scalar("b", activation), 4: Scalar("i", 1), 5: Scalar("i", 1)})


def depthwise_options(padding, stride, activation):
    return Table({0: Scalar("b", padding), 1: Scalar("i", stride), 2: Scalar("i", stride), 3: Scalar("i", 1),
                  4: Scalar("b", activation), 5: Scalar("i", 1), 6: Scalar("i", 1)})


def pool_options(padding, stride, window):
    return Table({0: Scalar("b", padding), 1: Scalar("i", stride), 2: Scalar("i", stride),
                  3: Scalar("i", window), 4: Scalar("i", window), 5: Scalar("b", NO_ACTIVATION)})


def fully_connected_options(activation):
    return Table({0: Scalar("b", activation)})


def reshape_options(shape):
    return Table({0: Vector("i", shape)})


def softmax_options():
    return Table({0: Scalar("f", 1.0)})


class TfliteFile:
    """A network that is put together tensor by tensor and operator by operator."""

    def __init__(self, description):
        self.description = description
        self.tensors, self.operators = [], []
        self.codes = []                 # those that occur
        self.buffers = [Table()]        # the first belongs to all tensors that are computed

    def tensor(self, name, shape, kind, scales=(), zero_points=(), axis=0, data=b""):
        """Returns its number. With data it is a constant."""
        fields = {0: Vector("i", shape), 1: Scalar("b", kind), 2: Scalar("I", len(self.buffers) if data else 0),
                  3: String(name)}
        if data:
            self.buffers.append(Table({0: Vector("B", data, BUFFER_ALIGNMENT)}))
        if len(scales) > 0:
            fields[4] = Table({2: Vector("f", scales), 3: Vector("q", zero_points), 6: Scalar("i", axis)})
        self.tensors.append(Table(fields))
        return len(self.tensors) - 1

    def operator(self, code, inputs, output, options):
        if code not in self.codes:
            self.codes.append(code)
        self.operators.append(Table({0: Scalar("I", self.codes.index(code)), 1: Vector("i", inputs),
                                     2: Vector("i", [output]), 3: Scalar("B", code[2]), 4: options}))

    def encode(self, network_input, network_output):
        """The bytes of the file."""
        codes = [Table({0: Scalar("b", min(code, LARGEST_BYTE)), 2: Scalar("i", version), 3: Scalar("i", code)})
                 for code, version, _ in self.codes]
        graph = Table({0: Tables(self.tensors), 1: Vector("i", [network_input]),
                       2: Vector("i", [network_output]), 3: Tables(self.operators), 4: String("main")})
        model = Table({0: Scalar("I", SCHEMA_VERSION), 1: Tables(codes), 2: Tables([graph]),
                       3: String(self.description), 4: Tables(self.buffers)})
        return flat_file(model, IDENTIFIER)
