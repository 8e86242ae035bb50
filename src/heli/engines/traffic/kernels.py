"""The compiled heart: bushes of origins, and pairs of segments between which flow is moved.

A *commodity* is one class from one origin. Its *bush* is an acyclic set of links that carries its
flow. :func:`load` makes bushes fit network and demand; :func:`improve` gives them the links they
lack and finds the pairs; :func:`equilibrate` moves flow within the pairs. Links are sorted by
head, so those into node j are ``first[j] … first[j + 1] - 1``. K is the number of commodities, C of
classes, M of links, N of nodes.

Source: R. B. Dial, "A path-based user-equilibrium traffic assignment algorithm that obviates path
storage and enumeration", Transportation Research B 40 (2006), for bushes and Newton steps between
segments; Y. Nie, "A class of bush-based algorithms for the traffic assignment problem",
Transportation Research B 44 (2010), for the rule by which links enter; H. Bar-Gera, "Traffic
assignment by paired alternative segments", Transportation Research B 44 (2010), for pairs that are
kept and worked on many times. What is our own is said in ADR 0160.

Everything compiled stands in this one file: Numba's cache notices a change of a kernel's own file
only.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic.jit import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Flags = NDArray[np.uint8]
Pairs = tuple[Ints, NDArray[np.int64], Ints]

CONSTANT, LINEAR, FOURTH, POWER, CONICAL = 0, 1, 2, 3, 4
# Chosen by measurement, see ADR 0160.
TRICKLE = 1e-2  # a link with less than this share of the flow of the fullest into a node is no way
# to it for what is behind the node
SWEEPS = 20  # at most so many sweeps over the pairs between two rounds
ENOUGH = 0.01  # a sweep that gains less than this share of the first is the last
PAUSE = 2  # sweeps between two tries to leap
SLOW = 0.7  # a leap is tried where a sweep gains more than this share of the one before
LONGEST = 1e6  # most repetitions in a leap
BISECTIONS = 30


class Curves(NamedTuple):
    """How times of links rise, each (M,); see :mod:`heli.engines.traffic.curves`."""

    kind: NDArray[np.int8]
    free: Floats
    scale: Floats
    inverse: Floats
    shape: Floats


class Net(NamedTuple):
    """Links (M,) and nodes: ``first`` and ``starts`` (N + 1,) point to links into and out of one.

    ``leaving`` (M,) lists links by tail; ``through`` (N,) says which nodes may be passed.
    """

    tail: Ints
    head: Ints
    first: Ints
    leaving: Ints
    starts: Ints
    through: Flags


class Task(NamedTuple):
    """Who travels: class (K,) and demand (K, N) of commodities, in passenger-car units.

    ``usable`` (C, M) says which links a class may use, ``fixed`` (C, M) what it pays for one
    beside its time, in minutes.
    """

    kinds: Ints
    demand: Floats
    usable: Flags
    fixed: Floats


class Bushes(NamedTuple):
    """The state of a solution.

    ``order`` (K, N) lists the nodes of a bush, tails before heads, its origin first; the first
    ``reached`` (K,) of them count. ``member`` (K, M) says which links belong to it, ``sole`` (K, N)
    is the only one into a node, or -1 where there may be several. ``x`` (K, M) is the flow.
    """

    order: Ints
    reached: Ints
    member: Flags
    sole: Ints
    x: Floats

    def copy(self) -> "Bushes":
        """The same bushes, in arrays of their own."""
        return Bushes(
            self.order.copy(), self.reached.copy(), self.member.copy(), self.sole.copy(),
            self.x.copy(),
        )  # fmt: skip

    def take(self, mine: NDArray[np.int64], other: "Bushes", theirs: NDArray[np.int64]) -> None:
        """Put bushes of another solution in the place of some of these."""
        self.order[mine], self.reached[mine] = other.order[theirs], other.reached[theirs]
        self.member[mine], self.sole[mine] = other.member[theirs], other.sole[theirs]
        self.x[mine] = other.x[theirs]


class State(NamedTuple):
    """Flows of links (M,), their times and the derivatives of these, kept in step."""

    v: Floats
    c: Floats
    d: Floats


@kernel
def travel(curves: Curves, a: int, flow: float) -> tuple[float, float]:
    """Time of link ``a`` at ``flow`` and its derivative."""
    which = curves.kind[a]
    free, scale, inverse = curves.free[a], curves.scale[a], curves.inverse[a]
    if which == CONSTANT:
        return free, 0.0
    r = max(flow, 0.0) * inverse
    if which == FOURTH:
        cube = r * r * r
        return free + scale * (cube * r), 4.0 * scale * inverse * cube
    if which == LINEAR:
        return free + scale * r, scale * inverse
    if which == POWER:
        power = curves.shape[a]
        below = r ** (power - 1.0)
        return free + scale * (below * r), power * scale * inverse * below
    beta = curves.shape[a]
    u = scale * (1.0 - r)
    root = math.sqrt(u * u + beta * beta)
    return free * (2.0 + root - u - beta), free * inverse * scale * (1.0 - u / root)


@kernel
def refresh(curves: Curves, bushes: Bushes, state: State) -> None:
    """Total flows, times and derivatives from the flows of the commodities."""
    state.v[:] = 0.0
    for k in range(bushes.x.shape[0]):
        for a in range(state.v.size):
            state.v[a] += bushes.x[k, a]
    for a in range(state.v.size):
        state.c[a], state.d[a] = travel(curves, a, state.v[a])


@kernel
def share_out(net: Net, task: Task, bushes: Bushes, k: int, into: Ints, need: Floats) -> None:
    """Flows of a bush that carry exactly its demand, split at each node as they were split before.

    A node that had no flow gets it by its link ``into``. This also takes away what rounding did.
    ``need`` (N,) becomes the flow through each node.
    """
    order, member, x, sole = bushes.order[k], bushes.member[k], bushes.x[k], bushes.sole[k]
    tail, first = net.tail, net.first
    count = bushes.reached[k]
    for r in range(count):
        need[order[r]] = task.demand[k, order[r]]
    for r in range(count - 1, 0, -1):
        j = order[r]
        a = sole[j]
        if a >= 0:
            x[a] = need[j]
            need[tail[a]] += need[j]
            continue
        total = 0.0
        for a in range(first[j], first[j + 1]):
            if member[a]:
                total += x[a]
        if total > 0.0:
            factor = need[j] / total
            for a in range(first[j], first[j + 1]):
                if member[a]:
                    x[a] *= factor
                    need[tail[a]] += x[a]
        else:
            x[into[j]] = need[j]
            need[tail[into[j]]] += need[j]


@kernel
def push(keys: Floats, items: Ints, size: int, key: float, item: int) -> int:
    """Put an item on a binary heap that holds ``size``; its new size."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at], items[at] = keys[above], items[above]
        at = above
    keys[at], items[at] = key, item
    return size + 1


@kernel
def pop(keys: Floats, items: Ints, size: int) -> int:
    """Take the first item off a binary heap that holds ``size``; its new size."""
    size -= 1
    key, item = keys[size], items[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and keys[below + 1] < keys[below]:
            below += 1
        if keys[below] >= key:
            break
        keys[at], items[at] = keys[below], items[below]
        at = below
    keys[at], items[at] = key, item
    return size


@kernel
def keep(net: Net, task: Task, bushes: Bushes, k: int, c: Floats, label: Floats, into: Ints) -> int:
    """Drop from a bush what may no longer be used or reached; how many nodes it still reaches."""
    order, member = bushes.order[k], bushes.member[k]
    fixed, may = task.fixed[task.kinds[k]], task.usable[task.kinds[k]]
    label[:] = np.inf
    label[order[0]] = 0.0
    count = 1
    for r in range(1, bushes.reached[k]):
        j = order[r]
        only = bushes.sole[k, j]
        start, stop = net.first[j], net.first[j + 1]
        if only >= 0:
            start, stop = only, only + 1
        for a in range(start, stop):
            if member[a]:
                at = label[net.tail[a]] + c[a] + fixed[a]
                if not may[a] or at == np.inf:
                    member[a], bushes.x[k, a] = 0, 0.0
                elif at < label[j]:
                    label[j], into[j] = at, a
        if label[j] < np.inf:
            order[count] = j
            count += 1
    return count


@kernel
def load(net: Net, curves: Curves, task: Task, bushes: Bushes, state: State) -> Flags:
    """Make every bush fit the network and the demand, one commodity after the other.

    What a bush holds stays as far as links may still be used; nodes it does not reach (in the
    beginning all) are hung on by shortest paths at the costs of the moment. ``state`` must fit the
    flows and does so afterwards. Returns which bushes (K,) hold other flow than before.
    """
    nodes, links = net.through.size, net.tail.size
    label, need = np.empty(nodes), np.empty(nodes)
    into, settled = np.empty(nodes, np.int32), np.empty(nodes, np.uint8)
    keys, items = np.empty(nodes + links), np.empty(nodes + links, np.int32)
    before = np.empty(links)
    moved = np.zeros(bushes.x.shape[0], np.uint8)
    v, c, d = state.v, state.c, state.d
    for k in range(bushes.x.shape[0]):
        order, x = bushes.order[k], bushes.x[k]
        fixed, may = task.fixed[task.kinds[k]], task.usable[task.kinds[k]]
        before[:] = x
        count = keep(net, task, bushes, k, c, label, into)
        settled[:] = 0
        size = 0
        for r in range(count):
            settled[order[r]] = 1
        for r in range(count if count < nodes else 0):
            i = order[r]
            for e in range(net.starts[i], net.starts[i + 1]):
                if may[net.leaving[e]] and not settled[net.head[net.leaving[e]]]:
                    size = push(keys, items, size, label[i], i)
                    break
        while size:
            i, at = items[0], keys[0]
            size = pop(keys, items, size)
            if at > label[i]:
                continue
            if not settled[i]:
                settled[i] = 1
                bushes.member[k, into[i]], bushes.sole[k, i] = 1, into[i]
                order[count] = i
                count += 1
            if not net.through[i] and i != order[0]:
                continue
            for e in range(net.starts[i], net.starts[i + 1]):
                a = net.leaving[e]
                j = net.head[a]
                if may[a] and not settled[j] and label[i] + c[a] + fixed[a] < label[j]:
                    label[j], into[j] = label[i] + c[a] + fixed[a], a
                    size = push(keys, items, size, label[j], j)
        bushes.reached[k] = count
        share_out(net, task, bushes, k, into, need)
        for a in range(links):
            if x[a] != before[a]:
                moved[k] = 1
                v[a] += x[a] - before[a]
                c[a], d[a] = travel(curves, a, v[a])
    return moved


class Work(NamedTuple):
    """Working space for one bush after the other, each (N,).

    ``low`` and ``high`` are costs from the origin by the shortest and the longest path of the bush,
    ``shortest`` and ``longest`` the links they come by, the latter among links with more than a
    trickle of flow; ``tree`` those of the shortest paths in the whole network.
    """

    low: Floats
    high: Floats
    need: Floats
    shortest: Ints
    longest: Ints
    tree: Ints
    rank: Ints
    queue: Ints
    marked: Flags


@kernel
def measure(net: Net, bushes: Bushes, k: int, cost: Floats, work: Work) -> float:
    """Labels of a bush; links without flow leave unless they carry its shortest path.

    Returns what its flow costs above the shortest paths of the bush.
    """
    order, member, x, sole = bushes.order[k], bushes.member[k], bushes.x[k], bushes.sole[k]
    low, high, tail = work.low, work.high, net.tail
    low[:] = np.inf
    high[:] = np.inf
    low[order[0]], high[order[0]] = 0.0, 0.0
    over = 0.0
    for r in range(1, bushes.reached[k]):
        j = order[r]
        by = sole[j]
        if by >= 0:
            i = tail[by]
            low[j], high[j] = low[i] + cost[by], high[i] + cost[by]
            work.shortest[j], work.longest[j] = by, by
            continue
        best, top, dear, long, kept, most = np.inf, -np.inf, -np.inf, -1, 0, 0.0
        for a in range(net.first[j], net.first[j + 1]):
            if member[a]:
                most = max(most, x[a])
                if low[tail[a]] + cost[a] < best:
                    best, by = low[tail[a]] + cost[a], a
        for a in range(net.first[j], net.first[j + 1]):
            if member[a] and x[a] > 0.0:
                kept += 1
                over += x[a] * (low[tail[a]] + cost[a] - best)
                at = high[tail[a]] + cost[a]
                top = max(top, at)
                if at > dear and x[a] >= TRICKLE * most:
                    dear, long = at, a
            elif a == by:
                kept += 1
            else:
                member[a] = 0
        if kept == 1:
            sole[j] = by
        low[j], high[j] = best, max(top, high[tail[by]] + cost[by])
        work.shortest[j], work.longest[j] = by, long
    return over


@kernel
def correct(
    net: Net, origin: int, may: Flags, cost: Floats, short: Floats, work: Work, size: int
) -> None:
    """Least costs in the whole network, and the links they come by, from upper bounds.

    ``work.queue`` holds the ``size`` nodes that were just improved, ``work.marked`` marks them.
    """
    queue, queued, room = work.queue, work.marked, work.queue.size
    at = 0
    while size:
        i = queue[at]
        at = (at + 1) % room
        size -= 1
        queued[i] = 0
        if not net.through[i] and i != origin:
            continue
        for e in range(net.starts[i], net.starts[i + 1]):
            a = net.leaving[e]
            j = net.head[a]
            if short[i] + cost[a] < short[j] and may[a]:
                short[j], work.tree[j] = short[i] + cost[a], a
                if not queued[j]:
                    queued[j] = 1
                    queue[(at + size) % room] = j
                    size += 1


@kernel
def replant(net: Net, bushes: Bushes, k: int, cost: Floats, short: Floats, work: Work) -> None:
    """Hang nodes without flow on the shortest paths of the whole network.

    Their ``high`` only says where they stand in the order, so it is made to rise even along free
    links.
    """
    order, stack, idle = bushes.order[k], work.queue, work.marked
    for r in range(1, bushes.reached[k]):
        idle[order[r]] = work.need[order[r]] == 0.0
    for r in range(1, bushes.reached[k]):
        j = order[r]
        size = 0
        while idle[j]:
            idle[j] = 0
            stack[size] = j
            size += 1
            j = net.tail[work.tree[j]]
        while size:
            size -= 1
            j = stack[size]
            by = work.tree[j]
            for a in range(net.first[j], net.first[j + 1]):
                bushes.member[k, a] = 0
            bushes.member[k, by], bushes.sole[k, j] = 1, by
            above = work.high[net.tail[by]]
            work.low[j] = short[j]
            work.high[j] = above + max(cost[by], 1e-12 * (1.0 + above))


@kernel
def look(
    net: Net, task: Task, bushes: Bushes, k: int, cost: Floats, short: Floats, work: Work
) -> tuple[bool, float, float]:
    """Find the least costs in the whole network, from those in a bush.

    ``short`` (N,) becomes them, ``work.tree`` the links they come by. Returns whether something is
    cheaper than in the bush, what the demand could save by it, and what it costs at least.
    """
    order, member, may = bushes.order[k], bushes.member[k], task.usable[task.kinds[k]]
    low, origin = work.low, bushes.order[k, 0]
    short[:] = low
    work.tree[:] = work.shortest
    size = 0
    for a in range(net.tail.size):
        i, j = net.tail[a], net.head[a]
        if low[i] + cost[a] < short[j] and not member[a] and may[a]:
            if net.through[i] or i == origin:
                short[j], work.tree[j] = low[i] + cost[a], a
                if not work.marked[j]:
                    work.marked[j] = 1
                    work.queue[size] = j
                    size += 1
    if size:
        correct(net, origin, may, cost, short, work, size)
    saved, least = 0.0, 0.0
    for r in range(1, bushes.reached[k]):
        j = order[r]
        saved += task.demand[k, j] * (low[j] - short[j])
        least += task.demand[k, j] * short[j]
    return size > 0, saved, least


@kernel
def widen(
    net: Net, task: Task, bushes: Bushes, k: int, cost: Floats, short: Floats, work: Work
) -> None:
    """Give a bush the links by which something becomes shorter, as :func:`look` found.

    A link enters where it leads to a node with flow more cheaply than both the shortest and the
    longest path of the bush do; a link without flow leaves where that no longer holds, because the
    node it comes from was hung elsewhere. Either can only be where the node has a shorter path
    outside the bush, or several links into it.
    """
    order, member, may = bushes.order[k], bushes.member[k], task.usable[task.kinds[k]]
    low, high, origin = work.low, work.high, bushes.order[k, 0]
    replant(net, bushes, k, cost, short, work)
    for r in range(1, bushes.reached[k]):
        j = order[r]
        if work.need[j] > 0.0 and (short[j] < low[j] or bushes.sole[k, j] < 0):
            for a in range(net.first[j], net.first[j + 1]):
                i = net.tail[a]
                if high[i] + cost[a] >= high[j]:
                    if member[a] and bushes.x[k, a] == 0.0 and work.need[i] == 0.0:
                        member[a] = 0
                elif low[i] + cost[a] < low[j] and not member[a] and may[a]:
                    if net.through[i] or i == origin:
                        member[a], bushes.sole[k, j] = 1, -1


@kernel
def arrange(net: Net, bushes: Bushes, k: int, cost: Floats, work: Work, widened: bool) -> None:
    """Order the nodes of a bush by ``high``, ties as before, and renew its shortest paths."""
    order, member, low, high = bushes.order[k], bushes.member[k], work.low, work.high
    for r in range(1, bushes.reached[k]):
        j = order[r]
        at = r
        while high[order[at - 1]] > high[j]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = j
    work.rank[order[0]] = 0
    for r in range(1, bushes.reached[k]):
        j = order[r]
        work.rank[j] = r
        if not widened:
            continue
        by = bushes.sole[k, j]
        if by >= 0:
            low[j], work.shortest[j] = low[net.tail[by]] + cost[by], by
            continue
        low[j] = np.inf
        for a in range(net.first[j], net.first[j + 1]):
            if member[a] and low[net.tail[a]] + cost[a] < low[j]:
                low[j], work.shortest[j] = low[net.tail[a]] + cost[a], a


@kernel
def trace(net: Net, work: Work, used: int, one: Ints, other: Ints) -> tuple[int, int]:
    """The two segments by which a used link and the shortest path reach the same node.

    Both are followed back to where they part. ``one[0]`` is the used link; ``other[0]`` the last
    link of the shortest path. Returns how many links both have, 0 and 0 where flow came to a node
    only just now, so that no used path to it is known.
    """
    one[0], other[0] = used, work.shortest[net.head[used]]
    p, q = 1, 1
    i, m = net.tail[used], net.tail[other[0]]
    while i != m:
        if work.rank[i] > work.rank[m]:
            if work.longest[i] < 0:
                return 0, 0
            one[p] = work.longest[i]
            i = net.tail[one[p]]
            p += 1
        else:
            other[q] = work.shortest[m]
            m = net.tail[other[q]]
            q += 1
    return p, q


@kernel
def improve(
    net: Net,
    task: Task,
    bushes: Bushes,
    costs: Floats,
    labels: Floats,
    excess: Floats,
    least: Floats,
    enough: float,
    chosen: Ints,
) -> Pairs:
    """Give the chosen bushes the links they lack, at costs (C, M) that stay.

    ``labels[k]`` (N,) becomes the least cost from the origin, ``least[k]`` what commodity k would
    pay at it, ``excess[k]`` what it pays above that. A bush whose excess is no more than ``enough``
    of the least stays as it is. Each bush is judged alone, so threads may share them out.

    Returns:
        Where flow can be moved: pairs of segments with the same ends, a used one and the shortest.
        Those of pair e are ``links[cut[2e]:cut[2e + 1]]`` and ``links[cut[2e + 1]:cut[2e + 2]]``,
        and its flow is that of commodity ``owner[e]``.
    """
    n = net.through.size
    work = Work(
        np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.int32), np.empty(n, np.int32),
        np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32), np.zeros(n, np.uint8),
    )  # fmt: skip
    one, other = np.empty(n, np.int32), np.empty(n, np.int32)
    links, used = np.empty(4096, np.int32), 0
    owner, cut, found = np.empty(256, np.int32), np.zeros(513, np.int64), 0
    for k in chosen:
        order, cost = bushes.order[k], costs[task.kinds[k]]
        over = measure(net, bushes, k, cost, work)
        widened, saved, least[k] = look(net, task, bushes, k, cost, labels[k], work)
        excess[k] = over + saved
        if excess[k] <= enough * least[k]:
            continue
        share_out(net, task, bushes, k, work.shortest, work.need)
        if widened:
            widen(net, task, bushes, k, cost, labels[k], work)
        arrange(net, bushes, k, cost, work, widened)
        for r in range(bushes.reached[k] - 1, 0, -1):
            j = order[r]
            if bushes.sole[k, j] >= 0:
                continue
            for z in range(net.first[j], net.first[j + 1]):
                if bushes.x[k, z] <= 0.0 or z == work.shortest[j]:
                    continue
                p, q = trace(net, work, z, one, other)
                if not p:
                    continue
                if used + p + q > links.size:
                    links = np.concatenate((links, np.empty(links.size + p + q, np.int32)))
                if found == owner.size:
                    owner = np.concatenate((owner, np.empty(found, np.int32)))
                    cut = np.concatenate((cut, np.zeros(2 * found, np.int64)))
                links[used : used + p] = one[:p]
                links[used + p : used + p + q] = other[:q]
                owner[found] = k
                cut[2 * found + 1], cut[2 * found + 2] = used + p, used + p + q
                used += p + q
                found += 1
    return links[:used], cut[: 2 * found + 1], owner[:found]


@kernel
def equilibrate(
    pairs: Pairs, steps: Floats, curves: Curves, task: Task, bushes: Bushes, state: State
) -> float:
    """Move flow within each pair of segments, one Newton step each, costs kept in step.

    Pairs found earlier are left alone where a link has left the bush. ``steps`` (E,) becomes what
    was moved from the first segment of each pair to the second. Returns how much the objective
    fell, about.
    """
    links, cut, owner = pairs
    v, c, d = state.v, state.c, state.d
    fall = 0.0
    for e in range(owner.size):
        k = owner[e]
        fixed, x, member = task.fixed[task.kinds[k]], bushes.x[k], bushes.member[k]
        begin, middle, end = cut[2 * e], cut[2 * e + 1], cut[2 * e + 2]
        difference, slope, most, least = 0.0, 0.0, np.inf, np.inf
        whole = True
        for s in range(begin, end):
            a = links[s]
            whole = whole and member[a] == 1
            slope += d[a]
            if s < middle:
                most = min(most, x[a])
                difference += c[a] + fixed[a]
            else:
                least = min(least, x[a])
                difference -= c[a] + fixed[a]
        steps[e] = 0.0
        if not whole:
            continue
        if difference > 0.0:
            step = most if difference >= slope * most else difference / slope
        else:
            step = -least if -difference >= slope * least else difference / slope
        if difference == 0.0 or step == 0.0:
            continue
        fall += difference * step
        steps[e] = step
        for s in range(begin, end):
            a = links[s]
            moved = -step if s < middle else step
            x[a] += moved
            v[a] += moved
            c[a], d[a] = travel(curves, a, v[a])
    return fall


@kernel
def direction(
    pairs: Pairs, steps: Floats, task: Task, bushes: Bushes, change: Floats
) -> tuple[float, float]:
    """Where the last steps lead if all are made again and again.

    ``change`` (M,) is added to by what one repetition changes total flows by. Returns what it
    changes fixed costs by, and how many repetitions the flow lasts for; pairs that would not last
    for one are not asked.
    """
    links, cut, owner = pairs
    fixed_change, lasting = 0.0, np.inf
    for e in range(owner.size):
        if steps[e] == 0.0:
            continue
        fixed, x = task.fixed[task.kinds[owner[e]]], bushes.x[owner[e]]
        least = np.inf
        for s in range(cut[2 * e], cut[2 * e + 2]):
            a = links[s]
            moved = -steps[e] if s < cut[2 * e + 1] else steps[e]
            change[a] += moved
            fixed_change += moved * fixed[a]
            if moved < 0.0:
                least = min(least, x[a])
        if least >= abs(steps[e]):
            lasting = min(lasting, least / abs(steps[e]))
    return fixed_change, lasting


@kernel
def repeat(
    pairs: Pairs, steps: Floats, times: float, curves: Curves, bushes: Bushes, state: State
) -> None:
    """Make the last steps again ``times`` times at once, as far as there is flow."""
    links, cut, owner = pairs
    for e in range(owner.size):
        if steps[e] == 0.0:
            continue
        x = bushes.x[owner[e]]
        least = abs(steps[e]) * times
        for s in range(cut[2 * e], cut[2 * e + 2]):
            if (s < cut[2 * e + 1]) == (steps[e] > 0.0):
                least = min(least, x[links[s]])
        step = least if steps[e] > 0.0 else -least
        for s in range(cut[2 * e], cut[2 * e + 2]):
            a = links[s]
            moved = -step if s < cut[2 * e + 1] else step
            x[a] += moved
            state.v[a] += moved
            state.c[a], state.d[a] = travel(curves, a, state.v[a])


@kernel
def slope(curves: Curves, state: State, change: Floats, fixed: float, at: float) -> float:
    """How the objective changes with one more repetition after ``at`` of them."""
    total = fixed
    for a in range(change.size):
        if change[a] != 0.0:
            total += change[a] * travel(curves, a, state.v[a] + at * change[a])[0]
    return total


@kernel
def leap(
    pairs: Pairs, steps: Floats, curves: Curves, task: Task, bushes: Bushes, state: State
) -> None:
    """Repeat the last steps of all pairs together up to where the objective is least."""
    change = np.zeros(state.v.size)
    fixed, lasting = direction(pairs, steps, task, bushes, change)
    low, high = 0.0, min(lasting, LONGEST)
    if slope(curves, state, change, fixed, high) > 0.0:
        for _ in range(BISECTIONS):
            middle = (low + high) / 2.0
            if slope(curves, state, change, fixed, middle) < 0.0:
                low = middle
            else:
                high = middle
        high = low
    if high > 0.0:
        repeat(pairs, steps, high, curves, bushes, state)


@kernel
def settle(pairs: Pairs, curves: Curves, task: Task, bushes: Bushes, state: State) -> None:
    """Move flow within pairs, in their order, until a sweep gains little.

    Where commodities take turns, each undoing what the other did to the costs, sweeps gain little
    by little for long; then what they did last is repeated at once as far as it is worth while.
    """
    steps = np.zeros(pairs[2].size)
    first, before = np.inf, np.inf
    for sweep in range(SWEEPS):
        fall = equilibrate(pairs, steps, curves, task, bushes, state)
        if sweep == 0:
            first = fall
        elif fall < ENOUGH * first:
            break
        elif sweep % PAUSE == PAUSE - 1 and fall > SLOW * before:
            leap(pairs, steps, curves, task, bushes, state)
        before = fall


@kernel
def shortest(
    net: Net, origin: int, may: Flags, weight: Floats, label: Floats, keys: Floats, items: Ints
) -> None:
    """Least sums of weights from a node over the links that may be used; ∞ where none leads."""
    label[:] = np.inf
    label[origin] = 0.0
    size = push(keys, items, 0, 0.0, origin)
    while size:
        i, at = items[0], keys[0]
        size = pop(keys, items, size)
        if at > label[i] or (not net.through[i] and i != origin):
            continue
        for e in range(net.starts[i], net.starts[i + 1]):
            a = net.leaving[e]
            j = net.head[a]
            if may[a] and at + weight[a] < label[j]:
                label[j] = at + weight[a]
                size = push(keys, items, size, label[j], j)


@kernel
def skim(
    net: Net,
    may: Flags,
    cost: Floats,
    time: Floats,
    origins: Ints,
    known: Ints,
    labels: Floats,
    slack: float,
    found: Floats,
) -> None:
    """Times of the quickest among the cheapest ways from each origin, (O, N) in ``found``.

    Least costs from an origin are row ``known`` (O,) of ``labels``, or yet to be found if -1.
    A way is among the cheapest if none of its links makes it dearer by more than ``slack``, as a
    share of one plus the least cost, so that ways of equal cost count whatever rounding does.
    """
    nodes, links = net.through.size, net.tail.size
    least = np.empty(nodes)
    cheap = np.empty(links, np.uint8)
    keys, items = np.empty(nodes + links), np.empty(nodes + links, np.int32)
    for n in range(origins.size):
        if known[n] >= 0:
            least[:] = labels[known[n]]
        else:
            shortest(net, origins[n], may, cost, least, keys, items)
        for a in range(links):
            to = least[net.head[a]]
            cheap[a] = may[a] and least[net.tail[a]] + cost[a] <= to + slack * (1.0 + to)
        shortest(net, origins[n], cheap, time, found[n], keys, items)
