#!/usr/bin/env python3
"""Draws digits, trains a small network on them, quantizes it to 8 bits and writes it as a .tflite file.

    train_digits.py DATA_FOLDER TEST_FOLDER

Writes digits.tflite, digits_labels.txt and six images digit_*.png to the first folder. Writes digits_inputs.npy, drawn
digits the network was not trained with, and digits_expected.npy, the integers it makes of them, to the second.

Everything random comes from one seed and BLAS is asked for one thread, so that the same machine makes the same files
again. Another BLAS may add floats in another order and get other weights, which are as good. Needs numpy.
"""

import math
import os
import pathlib
import struct
import sys
import time
import zlib

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402: reads the variables above

import tflite_file as tflite  # noqa: E402

SEED = 2024
# What there are separate streams of random numbers for.
WEIGHTS, TRAINING, CALIBRATION, TEST, VECTORS, SAMPLES = range(6)

LABELS = "zero one two three four five six seven eight nine".split()
SIZE = 28
BATCH = 128
STEPS = 2000
RATE = 3e-3
CALIBRATION_IMAGES = 2000
TEST_IMAGES = 10000
VECTOR_IMAGES = 50
SAMPLE_SIZES = {0: 28, 2: 28, 3: 28, 5: 28, 7: 84, 8: 28}   # side lengths by digit


def stream(purpose):
    return np.random.default_rng([SEED, purpose])


# ---- Drawing digits.

def arc(x, y, width, height, start, end):
    """Points of an ellipse around (x, y) with these half axes; degrees go from the right downwards."""
    angles = np.radians(np.linspace(start, end, max(2, round(abs(end - start) / 30) + 1)))
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in angles]


# How people write each digit: lists of strokes through points, in -1 to 1 from the top down and about half as wide.
GLYPHS = [
    [[arc(0, 0, 0.55, 1, -90, 270)],
     [arc(0, 0, 0.5, 1, -60, 280)]],
    [[[(0, -1), (0, 1)]],
     [[(-0.35, -0.6), (0, -1), (0, 1)]],
     [[(-0.35, -0.65), (0, -1), (0, 1)], [(-0.35, 1), (0.35, 1)]]],
    [[arc(0, -0.5, 0.5, 0.5, 180, 400) + [(-0.5, 1), (0.5, 1)]],
     [arc(0, -0.5, 0.5, 0.5, 190, 410) + arc(-0.3, 0.8, 0.2, 0.18, 90, 330) + [(0.1, 0.95), (0.55, 0.9)]]],
    [[arc(0, -0.5, 0.45, 0.5, 200, 450) + arc(0, 0.5, 0.5, 0.5, 270, 520)],
     [[(-0.45, -1), (0.45, -1), (0, -0.2)] + arc(0, 0.4, 0.5, 0.6, 270, 510)]],
    [[[(-0.4, -1), (-0.5, 0.2), (0.55, 0.2)], [(0.3, -0.6), (0.25, 1)]],
     [[(0.25, 1), (0.25, -1), (-0.55, 0.3), (0.55, 0.3)]]],
    [[[(0.45, -1), (-0.35, -1), (-0.4, -0.1)] + arc(0, 0.35, 0.5, 0.62, 217, 520)],
     [[(-0.35, -0.9), (-0.4, -0.1)] + arc(0, 0.35, 0.5, 0.62, 217, 500), [(-0.35, -0.95), (0.5, -1)]]],
    [[arc(0.35, 0.35, 0.85, 1.3, 275, 180) + arc(0, 0.45, 0.5, 0.5, 180, -180)],
     [[(0.25, -1), (-0.45, 0.3)] + arc(0, 0.5, 0.5, 0.48, 200, -170)]],
    [[[(-0.5, -1), (0.5, -1), (-0.1, 1)]],
     [[(-0.5, -1), (0.5, -1), (-0.1, 1)], [(-0.3, 0), (0.45, 0)]],
     [[(-0.5, -0.75), (-0.45, -1), (0.5, -1)] + arc(0.6, 1, 0.6, 1.4, 240, 180)]],
    [[arc(0, -0.5, 0.42, 0.5, 90, 450), arc(0, 0.5, 0.5, 0.5, 270, 630)],
     [[(0.4, -0.75)] + arc(0, -0.55, 0.4, 0.45, 320, 130) + arc(0, 0.5, 0.48, 0.5, 310, 520)
      + [(0.4, -0.7)]]],
    [[arc(0, -0.45, 0.48, 0.5, 0, -360) + [(0.4, 1)]],
     [arc(0, -0.45, 0.48, 0.5, 0, -360) + arc(-0.1, 0.35, 0.58, 0.65, 0, 120)]],
]


def pieces(strokes):
    """The straight pieces of strokes, as pairs of points."""
    return [pair for stroke in strokes for pair in zip(stroke, stroke[1:])]


MOST_PIECES = max(len(pieces(strokes)) for variants in GLYPHS for strokes in variants)


def pick_glyphs(rng, digits):
    """A variant of each digit as [images, pieces, 2, 2]; shorter ones repeat their last piece."""
    out = np.empty((len(digits), MOST_PIECES, 2, 2), np.float32)
    for image, digit in zip(out, digits):
        lines = pieces(GLYPHS[digit][rng.integers(len(GLYPHS[digit]))])
        image[:len(lines)] = lines
        image[len(lines):] = lines[-1]
    return out


def distort(rng, glyphs):
    """Bends, slants, turns, stretches and moves glyphs; the result is in pixels of an image of SIZE by SIZE."""
    count = len(glyphs)

    def each(low, high, *shape):
        return rng.uniform(low, high, (count, 1, 1) + shape).astype(np.float32)

    bend = each(0, 0.12, 2) * np.sin(glyphs[..., ::-1] * each(1, 3.5, 2) + each(0, 2 * np.pi, 2))
    x, y = np.moveaxis(glyphs + bend, -1, 0)
    x = x * each(0.6, 1.15) + y * each(-0.3, 0.3)
    y = y * each(0.75, 1.05)
    angle = each(-0.22, 0.22)
    x, y = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)
    half_height = each(8, 10.5)
    return np.stack([SIZE / 2 + half_height * x + each(-2.5, 2.5),
                     SIZE / 2 + half_height * y + each(-2.5, 2.5)], axis=-1)


def distances(lines, size):
    """From every pixel to the nearest piece, [images, size, size]."""
    centres = ((np.arange(size) + 0.5) * SIZE / size).astype(np.float32)
    nearest = np.full((len(lines), size, size), np.inf, np.float32)
    for start, end in np.moveaxis(lines, 0, -1)[..., None, None]:     # each [2, images, 1, 1]
        step = end - start
        x, y = centres - start[0], centres[:, None] - start[1]
        along = np.clip((x * step[0] + y * step[1]) / (step[0] ** 2 + step[1] ** 2 + np.float32(1e-6)), 0, 1)
        np.minimum(nearest, (x - along * step[0]) ** 2 + (y - along * step[1]) ** 2, out=nearest)
    return np.sqrt(nearest)


def draw(rng, digits, size=SIZE):
    """Grey images of digits, light on dark, uint8 [images, size, size, 1]."""
    count = len(digits)

    def each(low, high):
        return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)

    distance = distances(distort(rng, pick_glyphs(rng, digits)), size)
    thickness, blur = each(0.6, 2), each(0.5, 1.3)
    covered = np.clip((thickness - distance) / (2 * blur) + 0.5, 0, 1)
    place = np.linspace(-1, 1, size, dtype=np.float32)
    ground = each(0, 0.2) + each(-0.1, 0.1) * place + each(-0.1, 0.1) * place[:, None]
    grey = ground + (each(0.55, 1) - ground) * covered
    grey += each(0, 0.09) * rng.standard_normal(grey.shape, np.float32)
    return np.round(255 * np.clip(grey, 0, 1)).astype(np.uint8)[..., None]


def draw_random(rng, count):
    digits = rng.integers(len(LABELS), size=count)
    return draw(rng, digits), digits


# ---- The network in real numbers. Activations are [images, height, width, channels].

class Windows:
    """The square windows of a layer: a list of views of its input, one for each cell of the window."""

    def __init__(self, size, stride=1, padding=tflite.SAME):
        self.size, self.stride, self.padding = size, stride, padding

    def margins(self, extent):
        """Cells of padding before and behind, and the number of windows."""
        if self.padding == tflite.VALID:
            return 0, 0, (extent - self.size) // self.stride + 1
        count = -(-extent // self.stride)
        missing = max((count - 1) * self.stride + self.size - extent, 0)
        return missing // 2, missing - missing // 2, count

    def views(self, padded, count):
        reach = (count - 1) * self.stride + 1
        return [padded[:, i:i + reach:self.stride, j:j + reach:self.stride]
                for i in range(self.size) for j in range(self.size)]

    def gather(self, x):
        before, behind, count = self.margins(x.shape[1])
        if before + behind > 0:
            x = np.pad(x, ((0, 0), (before, behind), (before, behind), (0, 0)))
        return self.views(x, count)

    def scatter(self, gradients, shape):
        """The gradient of the input, given those of its views."""
        images, extent, _, channels = shape
        before, behind, count = self.margins(extent)
        side = before + extent + behind
        padded = np.zeros((images, side, side, channels), gradients[0].dtype)
        for view, gradient in zip(self.views(padded, count), gradients):
            view += gradient
        return padded[:, before:before + extent, before:before + extent]


class Weighted:
    """A layer with weights [..., outputs] and a bias, perhaps with RELU6."""

    channel_axis = 0    # of the weights in the file

    def __init__(self, rng, shape, fan_in, activation):
        self.weights = (rng.standard_normal(shape) * math.sqrt(2 / fan_in)).astype(np.float32)
        self.bias = np.zeros(shape[-1], np.float32)
        self.activation = activation

    def forward(self, x):
        y = self.sums(x, self.weights) + self.bias
        if self.activation == tflite.RELU6:
            y = np.clip(y, 0, 6)
        self.x, self.y = x, y
        return y

    def backward(self, gradient):
        if self.activation == tflite.RELU6:
            gradient = gradient * ((self.y > 0) & (self.y < 6))
        self.bias_gradient = gradient.reshape(-1, gradient.shape[-1]).sum(axis=0)
        return self.sums_backward(gradient)


class Convolution(Weighted):
    """Weights are [cells of the window * inputs, outputs]."""

    name = "convolution"

    def __init__(self, rng, windows, inputs, outputs):
        self.windows, self.inputs = windows, inputs
        fan_in = windows.size ** 2 * inputs
        super().__init__(rng, (fan_in, outputs), fan_in, tflite.RELU6)

    def patches(self, x):
        return np.concatenate(self.windows.gather(x), axis=-1)

    def sums(self, x, weights):
        patches = self.patches(x)
        return (patches.reshape(-1, len(weights)) @ weights).reshape(patches.shape[:-1] + weights.shape[1:])

    def sums_backward(self, gradient):
        rows = gradient.reshape(-1, gradient.shape[-1])
        self.weights_gradient = self.patches(self.x).reshape(-1, len(self.weights)).T @ rows
        patches = (rows @ self.weights.T).reshape(gradient.shape[:-1] + (-1,))
        return self.windows.scatter(np.split(patches, self.windows.size ** 2, axis=-1), self.x.shape)

    def file_weights(self, weights):
        return weights.T.reshape(-1, self.windows.size, self.windows.size, self.inputs)

    def write(self, file, inputs, output):
        options = tflite.conv_options(self.windows.padding, self.windows.stride, self.activation)
        file.operator(tflite.CONV_2D, inputs, output, options)


class Depthwise(Weighted):
    """Weights are [cells of the window, channels]."""

    name = "depthwise"
    channel_axis = 3

    def __init__(self, rng, windows, channels):
        self.windows = windows
        cells = windows.size ** 2
        super().__init__(rng, (cells, channels), cells, tflite.RELU6)

    def sums(self, x, weights):
        return sum(view * w for view, w in zip(self.windows.gather(x), weights))

    def sums_backward(self, gradient):
        self.weights_gradient = np.stack([np.einsum("nhwc,nhwc->c", view, gradient)
                                          for view in self.windows.gather(self.x)])
        return self.windows.scatter([gradient * w for w in self.weights], self.x.shape)

    def file_weights(self, weights):
        return weights.reshape(1, self.windows.size, self.windows.size, -1)

    def write(self, file, inputs, output):
        options = tflite.depthwise_options(self.windows.padding, self.windows.stride, self.activation)
        file.operator(tflite.DEPTHWISE_CONV_2D, inputs, output, options)


class Dense(Weighted):
    """Weights are [inputs, outputs]."""

    name = "dense"

    def __init__(self, rng, inputs, outputs):
        super().__init__(rng, (inputs, outputs), inputs, tflite.NO_ACTIVATION)

    def sums(self, x, weights):
        return x @ weights

    def sums_backward(self, gradient):
        self.weights_gradient = self.x.T @ gradient
        return gradient @ self.weights.T

    def file_weights(self, weights):
        return weights.T

    def write(self, file, inputs, output):
        file.operator(tflite.FULLY_CONNECTED, inputs, output, tflite.fully_connected_options(self.activation))


class AveragePool:
    name = "average_pool"

    def __init__(self, size):
        self.windows = Windows(size, size, tflite.VALID)

    def forward(self, x):
        self.shape = x.shape
        views = self.windows.gather(x)
        return sum(views) / len(views)

    def backward(self, gradient):
        cells = self.windows.size ** 2
        return self.windows.scatter([gradient / cells] * cells, self.shape)

    def integers(self, x):
        """To the nearest, halves away from zero."""
        total, count = sum(self.windows.gather(x)), self.windows.size ** 2
        return np.sign(total) * ((np.abs(total) + count // 2) // count)

    def write(self, file, name, x, output):
        options = tflite.pool_options(self.windows.padding, self.windows.stride, self.windows.size)
        file.operator(tflite.AVERAGE_POOL_2D, [x], output, options)


class Flatten:
    name = "flatten"

    def __init__(self, elements):
        self.elements = elements

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(-1, self.elements)

    def backward(self, gradient):
        return gradient.reshape(self.shape)

    def integers(self, x):
        return x.reshape(-1, self.elements)

    def write(self, file, name, x, output):
        shape = [1, self.elements]
        wanted = file.tensor(f"{name}/shape", [len(shape)], tflite.INT32, data=struct.pack("<2i", *shape))
        file.operator(tflite.RESHAPE, [x, wanted], output, tflite.reshape_options(shape))


def make_network(rng):
    return [
        Convolution(rng, Windows(3, stride=2), 1, 16),             # 14 by 14
        Depthwise(rng, Windows(3, padding=tflite.VALID), 16),      # 12 by 12
        Convolution(rng, Windows(1), 16, 32),
        Depthwise(rng, Windows(3, stride=2), 32),                  # 6 by 6
        Convolution(rng, Windows(1), 32, 96),
        AveragePool(2),                                            # 3 by 3
        Flatten(3 * 3 * 96),
        Dense(rng, 3 * 3 * 96, len(LABELS)),
    ]


def forward(network, images):
    """All activations, of which the first are the pixels and the last the logits."""
    activations = [images.astype(np.float32) / 255]
    for layer in network:
        activations.append(layer.forward(activations[-1]))
    return activations


# ---- Training.

class Adam:
    MEAN_DECAY, SQUARE_DECAY, SMALL = 0.9, 0.999, 1e-8

    def __init__(self, parameters):
        self.parameters = parameters
        self.means = [np.zeros_like(p) for p in parameters]
        self.squares = [np.zeros_like(p) for p in parameters]
        self.steps = 0

    def step(self, gradients, rate):
        self.steps += 1
        rate *= math.sqrt(1 - self.SQUARE_DECAY ** self.steps) / (1 - self.MEAN_DECAY ** self.steps)
        for parameter, mean, square, gradient in zip(self.parameters, self.means, self.squares, gradients):
            mean += (1 - self.MEAN_DECAY) * (gradient - mean)
            square += (1 - self.SQUARE_DECAY) * (gradient ** 2 - square)
            parameter -= rate * mean / (np.sqrt(square) + self.SMALL)


def train(network):
    """Minimises the cross entropy; no image is seen twice."""
    rng = stream(TRAINING)
    weighted = [layer for layer in network if isinstance(layer, Weighted)]
    adam = Adam([p for layer in weighted for p in (layer.weights, layer.bias)])
    start, right = time.monotonic(), 0
    for step in range(STEPS):
        images, digits = draw_random(rng, BATCH)
        logits = forward(network, images)[-1]
        right += np.sum(logits.argmax(axis=1) == digits)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        gradient = odds / odds.sum(axis=1, keepdims=True)
        gradient[np.arange(BATCH), digits] -= 1
        gradient /= BATCH
        for layer in reversed(network):
            gradient = layer.backward(gradient)
        adam.step([g for layer in weighted for g in (layer.weights_gradient, layer.bias_gradient)],
                  RATE * 0.5 * (1 + math.cos(math.pi * step / STEPS)))
        if (step + 1) % (STEPS // 10) == 0:
            print(f"step {step + 1}: {100 * right / (STEPS // 10 * BATCH):.2f} % right "
                  f"({time.monotonic() - start:.0f} s)", flush=True)
            right = 0


# ---- The network in integers.

LOWEST, HIGHEST = -128, 127
LARGEST_WEIGHT = 127
FLOAT = np.float32      # scales in the file, and what is computed from them as floats


def round_half_up(x):
    return np.floor(x + 0.5)


class Scale:
    """Integers q of 8 bits that stand for scale * (q - zero_point)."""

    def __init__(self, scale, zero_point):
        self.scale, self.zero_point = FLOAT(scale), int(zero_point)

    @classmethod
    def of_range(cls, low, high):
        """Whose integers reach from one number to the other and to 0, which is one of them."""
        low, high = min(low, 0.0), max(high, 0.0)
        scale = FLOAT((high - low) / (HIGHEST - LOWEST))
        return cls(scale, np.clip(round_half_up(LOWEST - low / scale), LOWEST, HIGHEST))


PIXELS = Scale(1 / 255, LOWEST)
PROBABILITIES = Scale(1 / 256, LOWEST)      # as the format wants them


def quantize_multiplier(factor):
    """(q, shift) so that q / 2^31 * 2^shift is the factor."""
    fraction, shift = math.frexp(factor)
    q = int(round_half_up(fraction * 2 ** 31))
    return (q // 2, shift + 1) if q == 2 ** 31 else (q, shift)


def multiply(x, q, shift):
    """x times a multiplier: the high half of twice the product, rounded, and then its quotient by 2^-shift."""
    product = (x << np.maximum(shift, 0)) * q
    nudged = product + np.where(product >= 0, 2 ** 30, 1 - 2 ** 30)
    high = np.sign(nudged) * (np.abs(nudged) >> 31)                  # rounded towards zero
    right = np.maximum(-shift, 0)
    return np.sign(high) * ((np.abs(high) + (1 << right >> 1)) >> right)    # halves away from zero


class QuantizedWeighted:
    """A layer with weights and the scales around it. Convolutions have a scale per output, a Dense layer one."""

    def __init__(self, layer, before, after):
        self.layer, self.before, self.after = layer, before, after
        self.name = layer.name
        whole = isinstance(layer, Dense)
        largest = np.abs(layer.weights).max(axis=None if whole else 0, keepdims=True).reshape(-1)
        self.scales = (largest / LARGEST_WEIGHT).astype(FLOAT)
        self.weights = round_half_up(layer.weights / self.scales).astype(np.int64)
        # Where all weights have one scale, kernels multiply it as a float, otherwise as a double.
        self.bias_scales = before.scale * self.scales
        products = self.bias_scales if whole else np.float64(before.scale) * self.scales
        self.bias = round_half_up(layer.bias / self.bias_scales.astype(np.float64)).astype(np.int64)
        multipliers = [quantize_multiplier(float(p) / float(after.scale)) for p in products]
        self.q, self.shift = np.array(multipliers, np.int64).T
        self.low, self.high = LOWEST, HIGHEST
        if layer.activation == tflite.RELU6:
            six = int(round_half_up(FLOAT(6) / after.scale))
            self.low, self.high = max(LOWEST, after.zero_point), min(HIGHEST, after.zero_point + six)

    def integers(self, x):
        # Doubles hold these sums without error, and BLAS multiplies them.
        sums = self.layer.sums((x - self.before.zero_point).astype(np.float64), self.weights.astype(np.float64))
        y = multiply(sums.astype(np.int64) + self.bias, self.q, self.shift) + self.after.zero_point
        return np.clip(y, self.low, self.high)

    def write(self, file, name, x, output):
        weights = self.layer.file_weights(self.weights)
        zeros = [0] * len(self.scales)
        w = file.tensor(f"{name}/weights", weights.shape, tflite.INT8, self.scales, zeros, self.layer.channel_axis,
                        weights.astype(np.int8).tobytes())
        b = file.tensor(f"{name}/bias", self.bias.shape, tflite.INT32, self.bias_scales, zeros,
                        data=self.bias.astype("<i4").tobytes())
        self.layer.write(file, [x, w, b], output)


class QuantizedNetwork:
    def __init__(self, network):
        """Takes ranges of activations from images like those of the training."""
        images, _ = draw_random(stream(CALIBRATION), CALIBRATION_IMAGES)
        activations = forward(network, images)
        self.shapes = [(1,) + a.shape[1:] for a in activations]
        self.scales, self.layers = [PIXELS], []
        for layer, after in zip(network, activations[1:]):
            before = self.scales[-1]
            if isinstance(layer, Weighted):
                self.scales.append(Scale.of_range(after.min(), after.max()))
                self.layers.append(QuantizedWeighted(layer, before, self.scales[-1]))
            else:
                self.scales.append(before)
                self.layers.append(layer)

    def logits(self, images):
        x = images.astype(np.int64) + PIXELS.zero_point
        for layer in self.layers:
            x = layer.integers(x)
        return x

    def encode(self):
        """As a .tflite file."""
        file = tflite.TfliteFile("Ten digits, drawn and trained by train_digits.py")

        def activation(name, shape, scale):
            return file.tensor(name, shape, tflite.INT8, [scale.scale], [scale.zero_point])

        first = x = activation("image", self.shapes[0], self.scales[0])
        for i, layer in enumerate(self.layers):
            name = f"{layer.name}_{i}"
            y = activation(name, self.shapes[i + 1], self.scales[i + 1])
            layer.write(file, name, x, y)
            x = y
        output = activation("probabilities", self.shapes[-1], PROBABILITIES)
        file.operator(tflite.SOFTMAX, [x], output, tflite.softmax_options())
        return file.encode(first, output)


# ---- Results.

def in_parts(function, images, part=500):
    return np.concatenate([function(images[i:i + part]) for i in range(0, len(images), part)])


def report(name, logits, digits):
    right = np.sum(logits.argmax(axis=1) == digits)
    print(f"{name}: {right} of {len(digits)} right ({100 * right / len(digits):.2f} %)")


def write_png(path, image):
    """Of grey values, uint8 [height, width]."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = image.shape
    bits, grey = 8, 0
    header = struct.pack(">IIBBBBB", width, height, bits, grey, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in image)     # each without a filter
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9))
                     + chunk(b"IEND", b""))


def write_samples(network, folder):
    rng = stream(SAMPLES)
    for digit, size in SAMPLE_SIZES.items():
        image = draw(rng, [digit], size)[0, ..., 0]
        path = folder / f"digit_{digit}.png"
        write_png(path, image)
        factor = size // SIZE
        small = round_half_up(image.reshape(SIZE, factor, SIZE, factor).mean(axis=(1, 3)))
        answer = network.logits(small[None, ..., None])[0].argmax()
        print(f"wrote {path}, {size} by {size}: {LABELS[answer]}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    data, tests = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])

    network = make_network(stream(WEIGHTS))
    train(network)
    quantized = QuantizedNetwork(network)

    images, digits = draw_random(stream(TEST), TEST_IMAGES)
    reals = in_parts(lambda part: forward(network, part)[-1], images)
    integers = in_parts(quantized.logits, images)
    report("real numbers", reals, digits)
    report("integers    ", integers, digits)
    changed = np.sum(reals.argmax(axis=1) != integers.argmax(axis=1))
    print(f"{changed} of {TEST_IMAGES} answers changed by rounding")

    file = quantized.encode()
    (data / "digits.tflite").write_bytes(file)
    (data / "digits_labels.txt").write_text("".join(f"{label}\n" for label in LABELS))
    print(f"wrote {data / 'digits.tflite'}, {len(file)} bytes, and {data / 'digits_labels.txt'}")
    write_samples(quantized, data)

    images = draw(stream(VECTORS), np.arange(VECTOR_IMAGES) % len(LABELS))
    logits = quantized.logits(images)
    report("images of tests", logits, np.arange(VECTOR_IMAGES) % len(LABELS))
    np.save(tests / "digits_inputs.npy", images)
    np.save(tests / "digits_expected.npy", logits.astype(np.int8))
    print(f"wrote {tests / 'digits_inputs.npy'} and {tests / 'digits_expected.npy'}")


if __name__ == "__main__":
    main()
