"""What checking costs: `python -m tests.benchmarks.check`.

Typical files (health checks, variables, metrics, an integration) are read whole: text to spec, all rules held. The floor is the
YAML library alone, which only makes plain data of the same texts. Then `reckon check` as a process, of one file and of all.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter, process_time
from typing import Any

import jsonschema
from ruamel.yaml import YAML

from adapters.machines.catalogue import load_catalogue
from adapters.spec_file.reading import read_spec
from adapters.spec_file.schema import json_schema
from tests.benchmarks.table import Line, show

TYPICAL = """\
apiVersion: v1
name: model server {number}
image: registry.example/team/model-server:{number}
command: [python, -m, serve]
env:
  - {{name: LOG_LEVEL, value: info}}
  - {{name: WORKERS, value: "4"}}
  - {{name: DATABASE_URL, value: secret:DATABASE_URL}}
resources:
  machineType: C4
  replicas: 2
  ports: [8000]
  autoscaling:
    maxReplicas: 5
    metrics:
      - {{metric: cpu, value: 75}}
      - {{metric: requestDuration, value: 0.15}}
integrations:
  - type: git-lfs
    name: weights
    url: https://git.example/models/weights
    path: /models
healthChecks:
  startup: {{path: /startup, periodSeconds: 10, failureThreshold: 6}}
  readiness: {{path: /readiness, timeoutSeconds: 5}}
  liveness: {{path: /liveness}}
"""
MAIN = "import sys; from adapters.main import main; sys.argv = ['reckon', *sys.argv[1:]]; main()"


def in_process(texts: list[bytes]) -> list[Line]:
    """Read the texts here, in turns with the library alone."""
    catalogue = load_catalogue()
    schema: Any = jsonschema.Draft202012Validator(json.loads(json.dumps(json_schema())))
    library: Any = YAML(typ="safe", pure=True)  # it says nothing of its types
    ours: list[float] = []
    floor: list[float] = []
    validator: list[float] = []
    for text in texts:
        began = process_time()
        assert read_spec(text, file="a.yaml", catalogue=catalogue).spec is not None
        ours.append(process_time() - began)
        began = process_time()
        data = library.load(text)
        floor.append(process_time() - began)
        began = process_time()
        assert schema.is_valid(data)
        validator.append(process_time() - began)
    beyond = f"{median(validator) * 1000:.2f} ms for a JSON Schema validator to hold it to the schema"
    return [Line("a file, text to spec: ms of CPU", median(ours) * 1000, "ms: ruamel.yaml alone", median(floor) * 1000, beyond)]


def as_process(files: list[str]) -> list[Line]:
    """Run `reckon check` on one file and on all of them."""
    one, many = _run(files[:1]), _run(files)
    peak = getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024
    return [
        Line("`reckon check`, one file: s", one),
        Line(f"`reckon check`, {len(files)} files: s", many, note=f"{(many - one) / (len(files) - 1) * 1000:.2f} ms a file more"),
        Line("memory at the peak: MiB", peak),
    ]


def _run(files: list[str]) -> float:
    began = perf_counter()
    subprocess.run([sys.executable, "-c", MAIN, "check", *files], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def main() -> None:
    """Measure, and print a line for each figure."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=int, default=1000)
    many: int = arguments.parse_args().files
    texts = [TYPICAL.format(number=number).encode() for number in range(many)]
    with tempfile.TemporaryDirectory() as folder:
        files: list[str] = []
        for number, text in enumerate(texts):
            path = Path(folder, f"{number}.yaml")
            path.write_bytes(text)
            files.append(str(path))
        show(in_process(texts))
        show(as_process(files))


if __name__ == "__main__":
    main()
