"""Traffic assignment on public networks: seconds to a gap, warm re-solves, memory, compiling.

Sioux Falls, Anaheim and Chicago Sketch (Transportation Networks for Research, in the folder that
``HELI_REFERENCE_DATA`` names) are assigned from nothing to relative gaps of 1e-4, 1e-6 and 1e-10 on
one core. Peers: AequilibraE (bi-conjugate Frank-Wolfe, one core) at 1e-4 and 1e-6 where it can be
imported; Algorithm B in C, one core, where ``HELI_TAP_B`` names a folder with the sources of
spartalab/tap-b and there is a C compiler, without the time in which it measures its own gap. The
limits for Chicago Sketch are what that C code was found to need elsewhere. A re-solve closes one
link of Chicago Sketch and starts from the solution before; its limit is a third of the time from
nothing. Each network is solved once before it is measured; compiling is measured apart, in a
process with an empty cache.
"""

import importlib.util
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GIVE_UP = 600
DATA = Path(
    os.environ.get("HELI_REFERENCE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
)
FOLDER = DATA / "traffic"
NETWORKS = {"SiouxFalls": "SiouxFalls", "Anaheim": "Anaheim", "Chicago-Sketch": "ChicagoSketch"}
GAPS = (1e-4, 1e-6, 1e-10)
LIMITS = {("Chicago-Sketch", 1e-6): 2.0, ("Chicago-Sketch", 1e-10): 4.5}
MEGABYTES, TRIES = 500, 3
CLOSURES = {"spread evenly from the busiest to the emptiest": slice(None, None, 118),
            "eight of the busiest twentieth": slice(0, 160, 20)}  # fmt: skip
PEER, PEER_GAPS = "aequilibrae", (1e-4, 1e-6)
C_SOURCES = os.environ.get("HELI_TAP_B", "")
C_ROUND = re.compile(r"gap ([0-9.e+-]+), obj [0-9.e+-]+, time ([0-9.e+-]+)")
COMPILE = """
import time
from heli.engines import traffic
links = [traffic.Link("l", "A", "B", 100.0, 10.0), traffic.Link("m", "A", "B", 100.0, 11.0)]
network = traffic.build_network(links, zones=["A", "B"])
trips = traffic.build_trips([("A", "B", 300.0)], network)
began = time.perf_counter()
traffic.assign(network, [(traffic.UserClass("car"), trips)])
print(time.perf_counter() - began)
"""
MEMORY = """
import resource
from bench.traffic import read
from heli.engines.traffic import assign
network, demand = read("Chicago-Sketch")
assign(network, demand, gap=1e-10)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def read(name):
    """A network and its demand."""
    from heli.engines.traffic import UserClass, tntp

    prefix = FOLDER / name / NETWORKS[name]
    network = tntp.read_network(Path(f"{prefix}_net.tntp").read_text(), name)
    trips = tntp.read_trips(Path(f"{prefix}_trips.tntp").read_text(), network, name)
    user = UserClass("car")
    if name == "Chicago-Sketch":
        user = UserClass("car", value_of_time=3000.0, distance_cost=2.0)
    return network, [(user, trips)]


def seconds(work):
    """The shortest of some tries."""
    tries = []
    for _ in range(TRIES):
        began = time.perf_counter()
        work()
        tries.append(time.perf_counter() - began)
    return min(tries)


def assignments(name, network, demand):
    """Rows of the gaps, and of two cores at the last."""
    from heli.engines.traffic import assign

    rows = []
    for gap in GAPS:
        spent = seconds(lambda gap=gap: assign(network, demand, gap=gap))
        row = {"what": f"{name} to a gap of {gap:.0e}", "heli": f"{spent:.3f} s"}
        limit = LIMITS.get((name, gap))
        if limit:
            row |= {"peer": f"limit {limit} s", "ratio": limit / spent}
        rows.append(row)
        if gap in PEER_GAPS:
            rows.append(row | {"ratio": None} | beside(network, demand, gap, spent))
        if C_SOURCES:
            took = algorithm_b(name, gap)
            peer = {"peer": f"Algorithm B in C {took:.3f} s", "ratio": took / spent}
            rows.append(row | peer)
    spent = seconds(lambda: assign(network, demand, gap=GAPS[-1], threads=2))
    rows.append({"what": f"{name} to {GAPS[-1]:.0e} by two threads", "heli": f"{spent:.3f} s"})
    return rows


def resolves(name, network, demand, which, chosen):
    """Closing one link after the other, from the solution before and from nothing, to 1e-8."""
    from heli.engines.traffic import assign

    base = assign(network, demand, gap=1e-8)
    shares = []
    for link in (-base.flow).argsort(kind="stable")[chosen]:
        closed = network.closing(network.link_ids[link])
        warm = seconds(lambda closed=closed: assign(closed, demand, gap=1e-8, base=base))
        cold = seconds(lambda closed=closed: assign(closed, demand, gap=1e-8))
        shares.append(warm / cold)
    share = statistics.median(shares)
    return {
        "what": f"{name}, a link closed: share of the time from nothing; {which}",
        "heli": f"{share:.2f} at the median of {len(shares)}, {max(shares):.2f} at most",
        "peer": "limit 0.33",
        "ratio": 1 / 3 / share,
    }


def beside(network, demand, gap, spent):
    """AequilibraE's part of a row."""
    if importlib.util.find_spec(PEER) is None:
        return {"peer": "AequilibraE is not installed"}
    took, reached = aequilibrae(network, demand, gap)
    return {"peer": f"AequilibraE {took:.2f} s, {reached:.0e}", "ratio": took / spent}


def aequilibrae(network, demand, gap):
    """Seconds that AequilibraE needs on one core, and the gap it reaches."""
    os.environ["AEQUILIBRAE_SHOW_PROGRESS"] = "FALSE"
    import numpy as np
    import pandas as pd
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    user, trips = demand[0]
    links = len(network.link_ids)
    fixed = user.fixed_cost(network)
    table = pd.DataFrame(
        {
            "link_id": np.arange(1, links + 1),
            "a_node": network.tail.astype(np.int64) + 1,
            "b_node": network.head.astype(np.int64) + 1,
            "direction": np.ones(links, np.int8),
            # It refuses free links, and those without a capacity, which cost the same at all flows.
            "free_flow_time": np.maximum(network.free_time, 1e-3),
            "capacity": np.where(network.capacity > 0, network.capacity, 1e9),
            "b": network.b,
            "power": np.maximum(network.power, 1.0),
            "toll": fixed,
        }
    )
    zones = len(network.zone_ids)
    graph = Graph()
    graph.network = table
    graph.mode = "c"
    graph.network_ok = True
    graph.status = "OK"
    graph.prepare_graph(np.arange(1, zones + 1))
    graph.set_graph("free_flow_time")
    graph.set_skimming(["free_flow_time"])
    graph.set_blocked_centroid_flows(not network.through[network.zones].all())
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=zones, matrix_names=["car"], memory_only=True)
    matrix.index[:] = np.arange(1, zones + 1)
    values = np.zeros((zones, zones))
    values[trips.origin, trips.destination] = trips.number
    matrix.matrix["car"][:] = values
    matrix.computational_view(["car"])
    known = TrafficClass("car", graph, matrix)
    known.set_fixed_cost("toll")
    task = TrafficAssignment()
    task.set_classes([known])
    task.set_vdf("BPR")
    task.set_vdf_parameters({"alpha": "b", "beta": "power"})
    task.set_capacity_field("capacity")
    task.set_time_field("free_flow_time")
    task.set_algorithm("bfw")
    task.set_cores(1)
    task.max_iter, task.rgap_target = 1000, gap
    began = time.perf_counter()
    task.execute(log_specification=False)
    return time.perf_counter() - began, task.assignment.rgap


def algorithm_b(name, gap):
    """Seconds that Algorithm B in C needs to a gap on one core, without reading and gaps."""
    with tempfile.TemporaryDirectory() as folder:
        program, sources = Path(folder, "tap"), sorted(map(str, Path(C_SOURCES, "src").glob("*.c")))
        subprocess.run(
            ["cc", "-O2", "-w", "-pthread", f"-I{C_SOURCES}/include", *sources, "-lm",
             "-o", str(program)],
            check=True,
        )  # fmt: skip
        tables = FOLDER / name / NETWORKS[name]
        net = Path(f"{tables}_net.tntp").read_text()
        if name == "Chicago-Sketch":
            weights = "<TOLL FACTOR> 0.02\n<DISTANCE FACTOR> 0.04\n"
            net = net.replace("<END OF METADATA>", weights + "<END OF METADATA>", 1)
        Path(folder, "net").write_text(net)
        shutil.copy(f"{tables}_trips.tntp", Path(folder, "trips"))
        Path(folder, "task").write_text(
            "<NETWORK FILE> net\n<TRIPS FILE> trips\n"
            f"<FILE PATH> {folder}/\n<DATA PATH> {folder}/\n<CONVERGENCE GAP> {gap}\n"
            "<EXCLUDE GAP TIME>\n<MAX RUN TIME> 600\n"
        )
        told = [
            subprocess.run(
                [str(program), "task"], cwd=folder, check=True, capture_output=True, text=True
            ).stdout
            for _ in range(TRIES)
        ]
    rounds = [[(float(g), float(t)) for g, t in C_ROUND.findall(text)] for text in told]
    return min(next(spent for reached, spent in one if reached <= gap) for one in rounds)


def apart(program, **environment):
    """What a program prints in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | environment, check=True,
        capture_output=True, text=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    return float(told.stdout)


def run() -> list[dict[str, object]]:
    """Measure, network by network."""
    from heli.engines.traffic import assign

    if not FOLDER.is_dir():
        return [{"what": "the public networks are not beside the project", "peer": "skipped"}]
    with tempfile.TemporaryDirectory() as cache:
        compiling = apart(COMPILE, NUMBA_CACHE_DIR=cache)
        loading = apart(COMPILE, NUMBA_CACHE_DIR=cache)
    rows = [
        {"what": "the kernels compiled, once in an installation", "heli": f"{compiling:.1f} s",
         "peer": f"{loading:.2f} s from the cache"},
    ]  # fmt: skip
    for name in NETWORKS:
        network, demand = read(name)
        assign(network, demand)
        rows += assignments(name, network, demand)
    rows += [resolves(name, network, demand, *chosen) for chosen in CLOSURES.items()]
    used = apart(MEMORY)
    rows.append(
        {"what": "Chicago-Sketch, memory of the process", "heli": f"{used:.0f} MB",
         "peer": f"limit {MEGABYTES} MB", "ratio": MEGABYTES / used},
    )  # fmt: skip
    return rows
