"""The words that alerts need, as metrics: the rules' texts look them up by key, so what a failure
is called and what to check first stand in the message catalogues only."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Gauge, Metric
from prometheus_client.registry import Collector

from exporters.words import LANGUAGES, Words

# The subjects of the catalogues' keys that an alert may need: some 200 keys.
_SUBJECTS = ("alert.check.", "cause.", "kind.", "reason.", "stage.")


class TextMetrics(Collector):
    """One series for each key and language, made once."""

    def __init__(self) -> None:
        self._texts = Gauge(
            "xueliang_text_info",
            "What something is called, or what to check first, by its key; always 1.",
            ["key", "language", "text"],
            registry=None,
        )
        for language in LANGUAGES:
            for key, text in Words.load(language).items():
                if key.startswith(_SUBJECTS):
                    self._texts.labels(key, language, text).set(1)

    def collect(self) -> Iterator[Metric]:
        yield from self._texts.collect()
