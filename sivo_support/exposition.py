"""The text format in which Prometheus reads metrics (version 0.0.4), as far as we need it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sla.domain.escalation.lag import BOUNDS_MS, Histogram

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric with its samples; a name's suffix (such as `_sum`) belongs to the sample."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    text: str
    samples: Sequence[tuple[str, Labels, float]]


def number(name: str, kind: Literal["counter", "gauge"], text: str, value: float) -> Metric:
    """A metric with one sample and no labels."""
    return Metric(name=name, kind=kind, text=text, samples=[("", {}, value)])


def labelled(
    name: str,
    kind: Literal["counter", "gauge"],
    text: str,
    label: str,
    values: Mapping[str, float],
) -> Metric:
    """A metric with one sample for each value of a label."""
    samples = [("", {label: each}, value) for each, value in sorted(values.items())]
    return Metric(name=name, kind=kind, text=text, samples=samples)


def histogram(name: str, text: str, found: Histogram) -> Metric:
    """A histogram in seconds."""
    buckets = [
        ("_bucket", {"le": format_value(bound / 1000)}, float(count))
        for bound, count in zip(BOUNDS_MS, found.up_to, strict=True)
    ]
    return Metric(
        name=name,
        kind="histogram",
        text=text,
        samples=[
            *buckets,
            ("_bucket", {"le": "+Inf"}, found.measured),
            ("_sum", {}, found.total_ms / 1000),
            ("_count", {}, found.measured),
        ],
    )


def exposition(metrics: Sequence[Metric]) -> str:
    """All of them, one line for each sample."""
    lines: list[str] = []
    for metric in metrics:
        lines.append(f"# HELP {metric.name} {_escaped(metric.text)}")
        lines.append(f"# TYPE {metric.name} {metric.kind}")
        lines += [
            f"{metric.name}{suffix}{_labels(labels)} {format_value(value)}"
            for suffix, labels, value in metric.samples
        ]
    return "\n".join(lines) + "\n"


def format_value(value: float) -> str:
    """Whole numbers without a point: bounds must read the same for ever."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_quoted(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")
