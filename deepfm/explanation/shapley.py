"""Exact Shapley values of the network over the fields.

The Shapley value of a field (Shapley 1953; Lundberg and Lee 2017, arXiv 1705.07874) is what it adds
to the network's output when it takes its place, averaged over all orders in which the fields of
the base are replaced by those of a person. It needs the output for each of the 2^F coalitions.
"""

from __future__ import annotations

from math import comb

import numpy as np

from deepfm.errors import InputError
from deepfm.model.scoring import Floats, ScoringModel

MOST_FIELDS = 16

# Numbers in the largest array of a chunk [people, coalitions, units], which should stay in the
# cache.
_CHUNK = 1 << 18
# The coalitions that differ in these first fields only are passed through the network together.
_MOST_BLOCK_FIELDS = 8


def shapley_values(model: ScoringModel, base: Floats, vectors: Floats) -> Floats:
    """What each field adds to ``model.deep``; a row sums to ``deep(vectors) - deep(base)``.

    The first layer is linear before its activation, so a coalition costs it one sum: of what each
    of its fields adds.

    Args:
        model: the model.
        base: field vectors of the base ``[F, k]``.
        vectors: of n people ``[n, F, k]``.

    Returns:
        ``[n, F]``.

    Raises:
        InputError: more than 16 fields.
    """
    fields = len(base)
    if fields > MOST_FIELDS:
        raise InputError(
            "Exact Shapley values of {fields} fields would take 2^{fields} passes a person. "
            'Use at most {most} fields, or deep="path".',
            fields=fields,
            most=MOST_FIELDS,
        )
    kernel = model.kernels[0].reshape(*base.shape, -1)
    origin = base.ravel() @ model.kernels[0] + model.biases[0]
    weights = _weights(fields)
    widest = max(len(bias) for bias in model.biases)
    together = min(fields, _MOST_BLOCK_FIELDS, max(0, (_CHUNK // widest).bit_length() - 1))
    chunk = max(1, _CHUNK // (widest << together))
    found = np.empty((len(vectors), fields))
    for first in range(0, len(vectors), chunk):
        here = slice(first, first + chunk)
        changes = np.einsum("nfk,fku->nfu", vectors[here] - base, kernel, optimize=True)
        found[here] = _coalition_values(model, origin, changes, together) @ weights
    return found


def _weights(fields: int) -> Floats:
    """The matrix ``[2^F, F]`` from coalition values to Shapley values; bit f stands for field f.

    A coalition of s fields that a field belongs to counts with (s - 1)! (F - s)! / F!, one that it
    does not belong to with -s! (F - s - 1)! / F!.
    """
    member = (np.arange(1 << fields)[:, None] >> np.arange(fields)) & 1 == 1
    size = member.sum(axis=1)
    joined = np.array([0.0, *(1 / (s * comb(fields, s)) for s in range(1, fields + 1))])
    apart = np.append(joined[1:], 0.0)
    return np.asarray(np.where(member, joined[size][:, None], -apart[size][:, None]))


def _coalition_values(
    model: ScoringModel, origin: Floats, changes: Floats, together: int
) -> Floats:
    """The network's output for each coalition ``[n, 2^F]``.

    Args:
        model: the model.
        origin: first layer of the base before activation ``[units]``.
        changes: what each field adds to it ``[n, F, units]``.
        together: of how many fields the coalitions pass through the network together.
    """
    block = origin + _subset_sums(changes[:, :together])
    others = _subset_sums(changes[:, together:])
    values = [
        _after_first_layer(model, block + others[:, place, None])
        for place in range(others.shape[1])
    ]
    return np.concatenate(values, axis=1)


def _subset_sums(changes: Floats) -> Floats:
    """Sums over the subsets of the f changes ``[n, f, units]``: ``[n, 2^f, units]``."""
    sums = np.zeros((len(changes), 1, changes.shape[2]))
    for field in range(changes.shape[1]):
        sums = np.concatenate([sums, sums + changes[:, field, None]], axis=1)
    return sums


def _after_first_layer(model: ScoringModel, values: Floats) -> Floats:
    """The network's output ``[...]`` for its first layer before activation ``[..., units]``.

    ``values`` are overwritten.
    """
    for kernel, bias in zip(model.kernels[1:], model.biases[1:], strict=True):
        np.maximum(values, 0.0, out=values)
        values = values @ kernel
        values += bias
    return values[..., 0]
