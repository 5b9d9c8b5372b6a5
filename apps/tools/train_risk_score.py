#!/usr/bin/env python3
"""Trains the model of the risk_score example and writes it as fixed-point integers.

    train_risk_score.py RECORDS.csv OUTPUT_FOLDER

RECORDS.csv is the Wisconsin breast cancer data (original) of the UCI repository without the sample number: nine
features from 1 to 10, then the class, 2 for benign or 4 for malignant; "?" is a missing value and counts as 1.
Writes weights.csv (nine integers in a column) and bias.csv. Needs nothing but the standard library.
"""

import math
import pathlib
import random
import sys

FEATURES = 9
LARGEST_FEATURE = 10
MISSING = 1
FRAC_BITS = 16      # the scale of the integers is 2^16; the program's output format says the same
RING_BITS = 32      # the ring the program computes in
SEED = 2024
TEST_SHARE = 0.3
STEPS = 4000
RATE = 0.02
DECAY = 1e-3        # keeps weights small, so that the score stays far from the edges of the ring


def read_records(path):
    """Rows of (features, malignant)."""
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        cells = [c.strip() for c in line.split(",")]
        if len(cells) != FEATURES + 1:
            sys.exit(f"{path}:{number}: {len(cells)} columns, expected {FEATURES} features and the class")
        values = [MISSING if c in ("?", "") else int(c) for c in cells]
        if not all(1 <= v <= LARGEST_FEATURE for v in values[:FEATURES]) or values[FEATURES] not in (2, 4):
            sys.exit(f"{path}:{number}: features are 1..{LARGEST_FEATURE} and the class is 2 or 4")
        rows.append((values[:FEATURES], values[FEATURES] == 4))
    return rows


def split(rows):
    """Training and test rows; the same split every time."""
    rows = rows[:]
    random.Random(SEED).shuffle(rows)
    cut = int(len(rows) * TEST_SHARE)
    return rows[cut:], rows[:cut]


def score(weights, bias, features):
    return sum(w * x for w, x in zip(weights, features)) + bias


def train(rows):
    """Logistic regression by gradient descent on centred features."""
    mean = [sum(x[i] for x, _ in rows) / len(rows) for i in range(FEATURES)]
    weights, bias = [0.0] * FEATURES, 0.0
    for _ in range(STEPS):
        gradient, shift = [DECAY * w for w in weights], 0.0
        for features, malignant in rows:
            z = bias + sum(w * (x - m) for w, x, m in zip(weights, features, mean))
            error = 1 / (1 + math.exp(-z)) - malignant
            shift += error / len(rows)
            for i in range(FEATURES):
                gradient[i] += error * (features[i] - mean[i]) / len(rows)
        weights = [w - RATE * g for w, g in zip(weights, gradient)]
        bias -= RATE * shift
    return weights, bias - sum(w * m for w, m in zip(weights, mean))


def report(name, weights, bias, rows):
    right = sum((score(weights, bias, x) > 0) == malignant for x, malignant in rows)
    missed = sum(malignant and score(weights, bias, x) <= 0 for x, malignant in rows)
    print(f"{name}: {right} of {len(rows)} right ({100 * right / len(rows):.2f} %), {missed} malignant missed")


def check_bounds(weights, bias):
    """The score of any allowed record must lie in the signed range of the ring."""
    highest = bias + sum(max(w, w * LARGEST_FEATURE) for w in weights)
    lowest = bias + sum(min(w, w * LARGEST_FEATURE) for w in weights)
    limit = 2 ** (RING_BITS - 1)
    print(f"scores lie from {lowest} to {highest}; ring({RING_BITS}) holds -{limit} to {limit - 1}")
    if lowest < -limit or highest >= limit:
        sys.exit(f"the scores do not fit ring({RING_BITS}): lower FRAC_BITS or use a larger ring")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    rows = read_records(source)
    training, test = split(rows)
    print(f"{len(rows)} records, {sum(m for _, m in rows)} malignant; {len(training)} to train, {len(test)} to test")

    weights, bias = train(training)
    report("real numbers, training", weights, bias, training)
    report("real numbers, test    ", weights, bias, test)

    scale = 2 ** FRAC_BITS
    whole_weights, whole_bias = [round(w * scale) for w in weights], round(bias * scale)
    report("integers,     test    ", whole_weights, whole_bias, test)
    report("integers,     all     ", whole_weights, whole_bias, rows)
    changed = sum((score(weights, bias, x) > 0) != (score(whole_weights, whole_bias, x) > 0) for x, _ in rows)
    print(f"{changed} of {len(rows)} answers changed by rounding to {FRAC_BITS} bits of fraction")
    check_bounds(whole_weights, whole_bias)

    (target / "weights.csv").write_text("".join(f"{w}\n" for w in whole_weights))
    (target / "bias.csv").write_text(f"{whole_bias}\n")
    print(f"wrote {target / 'weights.csv'} and {target / 'bias.csv'}")


if __name__ == "__main__":
    main()
