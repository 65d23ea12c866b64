"""The demonstration does a whole day on real parts, says how it went, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis

from ops.demo.day import DAY
from ops.demo.paper import Paper
from ops.redis.server import RunningRedis
from tests.cli.conftest import Run
from worker.domain.tasks import Defaults, check

pytestmark = pytest.mark.server

COMMAND = [sys.executable, "-m", "ops.cli.main", "demo"]
