"""Profiled by Grafana's Python SDK, as its documentation says."""

import os
import time

import pyroscope

pyroscope.configure(
    application_name="interop.python",
    server_address=os.environ["FLAMBEAU_URL"],
    sample_rate=100,
    tags={"client": "python"},
)


def hot_function(count):
    total = 0
    for i in range(count):
        total += i * i % 7
    return total


with pyroscope.tag_wrapper({"controller": "orders"}):
    end = time.time() + float(os.environ.get("SECONDS_TO_RUN", "14"))
    while time.time() < end:
        hot_function(100_000)

pyroscope.shutdown()
