"""Writes Fixtures/results/detections.npz: random network outputs and what Deformable-ConvNets makes of them.

Needs numpy alone. The rules are those of the original's tester, written anew from its description: decoding in
fp64 with the exponential in fp32, clipping, scaling, a score threshold, greedy or gaussian soft suppression, and
the cut at the n-th best score. For each case K there are `rois/K`, `scores/K`, `deltas/K`, `frame/K` (height and
width of the input, scale), `rule/K` (score threshold, 0 greedy or 1 gaussian, its parameter, most detections,
1 for class-agnostic boxes) and `found/K`: rows of class, score, left, top, right, bottom, class by class.
"""
import os, sys

import numpy as np

FILE = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), '..', 'results', 'detections.npz')


def decoded(rois, deltas):
    """[R, 4] regions and [R, 4 B] deltas to [R, B, 4] corners."""
    corners = rois.astype(np.float64)
    size = corners[:, 2:] - corners[:, :2] + 1.0
    center = corners[:, :2] + 0.5 * (size - 1.0)
    shifts = deltas.reshape(len(rois), -1, 2, 2)
    middle = shifts[:, :, 0] * size[:, None] + center[:, None]
    extent = np.exp(shifts[:, :, 1]) * size[:, None]
    return np.concatenate([middle - 0.5 * (extent - 1.0), middle + 0.5 * (extent - 1.0)], 2)


def overlaps(box, others):
    edges = np.minimum(box[2:4], others[:, 2:4]) - np.maximum(box[:2], others[:, :2]) + 1
    common = np.maximum(0.0, edges).prod(1)
    area = lambda b: (b[..., 2] - b[..., 0] + 1) * (b[..., 3] - b[..., 1] + 1)
    return common / (area(box) + area(others) - common)


def best_first(scores):
    return np.argsort(scores, kind='stable')[::-1]


def greedy(rows, threshold):
    rest, kept = best_first(rows[:, 4]), []
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][overlaps(rows[rest[0]], rows[rest[1:]]) <= threshold]
    return rows[kept]


def gaussian(rows, sigma, most):
    rows, kept = rows.copy(), []
    while len(rows) and (most <= 0 or len(kept) < most):
        first = best_first(rows[:, 4])[0]
        kept.append(rows[first])
        rest = np.delete(rows, first, 0)
        rest[:, 4] *= np.exp(-overlaps(rows[first], rest) ** 2 / sigma)
        rows = rest
    return np.array(kept).reshape(-1, 5)


def detections(rois, scores, deltas, frame, rule):
    height, width, scale = frame
    threshold, kind, parameter, most, agnostic = rule
    boxes = np.clip(decoded(rois[:, 1:], deltas), 0, [width - 1, height - 1] * 2) / scale
    found = []
    for index in range(1, scores.shape[1]):
        chosen = scores[:, index] > np.float32(threshold)
        rows = np.column_stack([boxes[chosen, 1 if agnostic else index], scores[chosen, index]])
        kept = gaussian(rows, parameter, int(most)) if kind else greedy(rows, parameter)
        found.append(np.column_stack([np.full(len(kept), index), kept[:, 4], kept[:, :4]]))
    found = np.concatenate(found)
    if 0 < most < len(found):
        found = found[found[:, 1] >= np.sort(found[:, 1])[-int(most)]]
    return found


def case(random, regions, classes, rule):
    height, width = random.randint(60, 200, 2)
    start = random.uniform(0, 0.8, (regions, 2)) * [width, height]
    corners = np.concatenate([start, start + random.uniform(0, 0.6, (regions, 2)) * [width, height]], 1)
    # Clusters around a few places, so that boxes do overlap.
    corners = corners[random.randint(0, max(regions // 6, 1), regions)] + random.normal(0, 4, (regions, 4))
    rois = np.concatenate([np.zeros((regions, 1)), corners], 1).astype(np.float32)
    logits = random.normal(0, 2, (regions, classes))
    scores = (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32)
    deltas = (random.normal(0, 0.3, (regions, 4 * (2 if rule[4] else classes)))).astype(np.float32)
    frame = np.array([height, width, np.float32(random.uniform(0.4, 2.5))], np.float64)
    return rois, scores, deltas, frame, np.array(rule, np.float64)


def main():
    random, arrays = np.random.RandomState(1211), {}
    rules = [(1e-3, 0, 0.3, 100, 1), (1e-3, 0, 0.3, 20, 0), (1e-3, 1, 0.6, 10, 0), (0.1, 0, 0.5, 0, 1), (1e-3, 1, 0.6, 100, 1),
             (0.9999, 0, 0.3, 100, 0), (1e-3, 0, 0.0, 15, 1)]
    sizes = [(60, 4), (40, 5), (30, 4), (50, 3), (24, 3), (6, 3), (40, 6)]
    if len(sys.argv) > 2:
        rules, sizes = rules * int(sys.argv[2]), [(random.randint(1, 300), random.randint(2, 22)) for _ in range(7 * int(sys.argv[2]))]
    for index, (rule, (regions, classes)) in enumerate(zip(rules, sizes)):
        rois, scores, deltas, frame, rule = case(random, regions, classes, rule)
        if index in (1, 2):
            # Padding repeats whole regions: exact ties.
            for values in (rois, scores, deltas): values[-5:] = values[:5]
        arrays[f'rois/{index}'], arrays[f'scores/{index}'], arrays[f'deltas/{index}'] = rois, scores[None], deltas[None]
        arrays[f'frame/{index}'], arrays[f'rule/{index}'] = frame, rule
        arrays[f'found/{index}'] = detections(rois, scores, deltas, frame, rule)
    os.makedirs(os.path.dirname(FILE) or '.', exist_ok=True)
    np.savez(FILE, **arrays)


main()
