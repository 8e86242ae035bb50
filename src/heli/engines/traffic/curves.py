"""How the time of a link rises with its flow: parameters for the kernels, and integrals.

Kinds: constant; BPR with power 1, 4 or another; conical. A curve is given to the kernels as
``(kind, free, scale, inverse, shape)``, each (A,): free time in minutes, what is added (BPR:
``free * b``; conical: α), one over capacity, and the power (conical: β).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic import kernels
from heli.engines.traffic.kernels import Curves
from heli.engines.traffic.network import Network

Floats = NDArray[np.float64]


def curves_of(network: Network) -> Curves:
    """The curves of a network's links, in the network's order."""
    conical = ~np.isnan(network.conical) & (network.free_time > 0)
    rising = ~conical & (network.free_time > 0) & (network.b > 0) & (network.power > 0)
    constant = ~conical & ~rising
    kind = np.full(network.tail.size, kernels.POWER, np.int8)
    kind[network.power == 1] = kernels.LINEAR
    kind[network.power == 4] = kernels.FOURTH
    kind[conical] = kernels.CONICAL
    kind[constant] = kernels.CONSTANT
    alpha = np.where(conical, network.conical, 2.0)
    added = np.where(np.isnan(network.conical), network.free_time * network.b, 0.0)
    still = constant & (network.power == 0)
    return Curves(
        kind,
        np.where(still, network.free_time + added, network.free_time),
        np.where(conical, alpha, added),
        np.divide(1.0, network.capacity, out=np.zeros(kind.size), where=~constant),
        np.where(conical, (2 * alpha - 1) / (2 * alpha - 2), network.power),
    )


def times(curves: Curves, flow: Floats) -> Floats:
    """Times of links at given flows, in minutes."""
    kind, free, scale, inverse, shape = curves
    r = np.maximum(flow, 0.0) * inverse
    u = scale * (1.0 - r)
    steep = free * (2.0 + np.sqrt(u * u + shape * shape) - u - shape)
    raised = free + scale * r**shape
    return np.select([kind == kernels.CONSTANT, kind == kernels.CONICAL], [free, steep], raised)


def integrals(curves: Curves, flow: Floats) -> Floats:
    """Integrals of the times from no flow to the given flows."""
    kind, free, scale, inverse, shape = curves
    flow = np.maximum(flow, 0.0)
    r = flow * inverse
    raised = free * flow + scale * r**shape * flow / (shape + 1.0)
    conical = kind == kernels.CONICAL
    alpha, beta = np.where(conical, scale, 2.0), np.where(conical, shape, 1.5)

    def primitive(u: Floats) -> Floats:
        root: Floats = np.sqrt(alpha * alpha * u * u + beta * beta)
        area: Floats = 0.5 * (u * root + beta * beta / alpha * np.arcsinh(alpha * u / beta))
        return area

    capacity = np.divide(1.0, inverse, out=np.zeros(flow.size), where=inverse > 0)
    whole = (2.0 - beta - alpha) * r + alpha * r * r / 2.0
    whole += primitive(np.ones(flow.size)) - primitive(1.0 - r)
    steep = free * capacity * whole
    return np.select([kind == kernels.CONSTANT, conical], [free * flow, steep], raised)
