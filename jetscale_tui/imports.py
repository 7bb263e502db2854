"""One large import at a time.

Google's and Kubernetes' client libraries both import requests, whose modules import each other in
a circle. Two threads that begin with it at once may see half of a module.
"""

from __future__ import annotations

import threading

ONE_AT_A_TIME = threading.RLock()
"""Held while a client library is imported for the first time."""
