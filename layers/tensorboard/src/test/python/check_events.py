"""Looks at event files that trainings have written: TensorBoard's reader, and its server.

    java --add-modules jdk.incubator.vector -jar mnist-app/target/mnist-app.jar train \
        --data procedural --limit 2000 --epochs 2 --tensorboard RUNS/first
    python check_events.py RUNS

RUNS is a folder of runs. What the reader has of each is compared with what the server hands to the
page, once with each of its two ways to read files: curves, histograms, images, texts, the graph.
"""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ALL = {"scalars": 0, "histograms": 0, "images": 0, "tensors": 0}
PORT = 16606


def get(path, **query):
    url = f"http://127.0.0.1:{PORT}/data/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def read(runs):
    readers = {}
    for run in sorted(file.parent for file in runs.rglob("*tfevents*")):
        readers[str(run.relative_to(runs))] = reader = EventAccumulator(str(run), ALL)
        reader.Reload()
        tags = reader.Tags()
        assert tags["scalars"] and tags["histograms"] and tags["tensors"] and tags["graph"], run
        for tag in tags["scalars"]:  # also of a training that was killed and resumed
            steps = [event.step for event in reader.Scalars(tag)]
            assert steps == sorted(set(steps)), (run, tag, steps)
        for tag in tags["histograms"]:
            for event in reader.Histograms(tag):
                histogram = event.histogram_value
                assert sum(histogram.bucket) == histogram.num > 0, (run, tag)
                assert histogram.bucket_limit == sorted(histogram.bucket_limit), (run, tag)
    assert readers, f"no event files below {runs}"
    return readers


def wait(runs):
    """Until the server has read all runs."""
    for _ in range(120):
        try:
            if set(json.loads(get("runs"))) == runs:
                return
        except urllib.error.URLError:
            pass
        time.sleep(0.5)
    raise AssertionError(f"the server has {get('runs')}, expected {runs}")


def check(run, reader):
    """Compares; returns how many curves, histograms and images there are."""
    tags = reader.Tags()
    for tag in tags["scalars"]:
        answer = json.loads(get("plugin/scalars/scalars", run=run, tag=tag))
        expected = [[e.step, e.value] for e in reader.Scalars(tag)]
        assert [p[1:] for p in answer] == expected, (tag, answer, expected)
    for tag in tags["histograms"]:
        answer = json.loads(get("plugin/histograms/histograms", run=run, tag=tag))
        expected = reader.Histograms(tag)
        assert [p[1] for p in answer] == [e.step for e in expected], tag
        for (_, _, buckets), event in zip(answer, expected):
            # The server leaves out empty buckets at the ends; there are none.
            assert [b[2] for b in buckets] == list(event.histogram_value.bucket), tag
    for tag in tags["images"]:
        answer = json.loads(get("plugin/images/images", run=run, tag=tag, sample=0))
        for image, event in zip(answer, reader.Images(tag), strict=True):
            assert image["step"] == event.step, tag
            png = get("plugin/images/individualImage", **dict(urllib.parse.parse_qsl(image["query"])))
            assert png == event.encoded_image_string, tag
    for tag in tags["tensors"]:
        answer = json.loads(get("plugin/text/text", run=run, tag=tag))
        assert answer and answer[-1]["text"].startswith("<"), answer
    graph = get("plugin/graphs/graph", run=run, conceptual="false").decode()
    names = re.findall(r'^  name: "(.*)"$', graph, re.MULTILINE)
    assert names == [node.name for node in reader.Graph().node], names
    assert "_output_shapes" in graph
    return [len(tags[kind]) for kind in ("scalars", "histograms", "images")]


def main(runs):
    readers = read(runs)
    print("TensorBoard", tensorboard.__version__)
    for fast in ("true", "false"):
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(runs)]
        command += ["--port", str(PORT), "--load_fast", fast, "--samples_per_plugin"]
        command += ["scalars=9999,histograms=999,images=99,text=99"]
        server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait(set(readers))
            time.sleep(3)  # the runs are there before their data
            for run, reader in readers.items():
                scalars, histograms, images = check(run, reader)
                print(f"load_fast={fast} {run}: {scalars} curves, {histograms} histograms, "
                      f"{images} images, text and graph are served as they were written")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
