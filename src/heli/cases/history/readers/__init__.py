"""Reading event logs row by row: CSV and XES, plain or compressed with gzip.

A reader holds one row in memory, whatever the size of the file.
"""

from heli.cases.history.readers.common import LogReader, UnreadableLogError, open_log

__all__ = ["LogReader", "UnreadableLogError", "open_log"]
