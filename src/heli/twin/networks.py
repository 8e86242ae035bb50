"""Networks and trips from files in the formats of the field."""

from pathlib import Path

from heli.engines.traffic import Network, Trips, geojson, gmns, tntp
from heli.twin.files import read_text


def read_network(path: Path) -> Network:
    """A network: a folder of GMNS tables, a GeoJSON map, or else a TNTP file.

    Raises:
        UnreadableFileError: If a file is not there, or not text.
        HeliError: What the readers of the formats refuse.
    """
    if path.is_dir():
        movements = path / "movement.csv"
        return gmns.read_network(
            read_text(path / "node.csv"),
            read_text(path / "link.csv"),
            read_text(movements) if movements.exists() else "",
        )
    if path.suffix.lower() in {".geojson", ".json"}:
        return geojson.read_network(read_text(path), path.name)
    return tntp.read_network(read_text(path), path.name)


def read_trips(path: Path, network: Network) -> Trips:
    """Trips between a network's zones: a CSV table as GMNS has it, or else a TNTP file.

    Raises:
        UnreadableFileError: If the file is not there, or not text.
        HeliError: What the readers of the formats refuse.
    """
    if path.suffix.lower() == ".csv":
        return gmns.read_trips(read_text(path), network, path.name)
    return tntp.read_trips(read_text(path), network, path.name)
