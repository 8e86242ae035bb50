"""Every write of the room."""

from heli.twin.services.builds import ask_build, fail_build, finish_build
from heli.twin.services.cities import Source, add_version, create_model
from heli.twin.services.predictions import enter_observations, file_prediction
from heli.twin.services.runs import (
    ask_run,
    begin_again,
    cancel_run,
    cite_run,
    fail_run,
    finish_run,
    keep_so_far,
    stop_run,
)
from heli.twin.services.scenarios import remove_scenario, save_scenario

__all__ = [
    "Source",
    "add_version",
    "ask_build",
    "ask_run",
    "begin_again",
    "cancel_run",
    "cite_run",
    "create_model",
    "enter_observations",
    "fail_build",
    "fail_run",
    "file_prediction",
    "finish_build",
    "finish_run",
    "keep_so_far",
    "remove_scenario",
    "save_scenario",
    "stop_run",
]
