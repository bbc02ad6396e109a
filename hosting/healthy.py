"""`python -m hosting.healthy`: ask the studio in this container how it is; exit code 1 if not well.

The port is $PORT, or 7860.
"""

from __future__ import annotations

import http.client
import json
import os
import sys

__all__ = ["trouble"]

PATIENCE_S = 4


def trouble(port: int) -> str:
    """Return what is wrong with the studio on a port of this machine, or nothing."""
    # Straight there: a proxy for the way out knows nothing of this container.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = json.loads(answer.read(100_000))
    except (OSError, http.client.HTTPException) as error:
        return f"The studio does not answer on port {port}: {error}."
    except ValueError:
        return f"What answers on port {port} is no studio."
    finally:
        connection.close()
    if answer.status == 200 and isinstance(said, dict) and said.get("status") == "ok":
        return ""
    return f"The studio is not well (status {answer.status}): {json.dumps(said)[:1000]}"


def main() -> None:
    """Say what is wrong, if something is."""
    if said := trouble(int(os.environ.get("PORT", "7860"))):
        print(said)
        sys.exit(1)


if __name__ == "__main__":
    main()
