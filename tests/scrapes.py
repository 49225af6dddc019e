"""What `/metrics` says, read as Prometheus reads it."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families


class Scrape:
    """The samples of an answer. Reading it fails for what is not the text format."""

    def __init__(self, text: str) -> None:
        self.text = text
        families = list(text_string_to_metric_families(text))
        names = [family.name for family in families]
        assert len(set(names)) == len(names), "a family comes twice"
        self.samples = [sample for family in families for sample in family.samples]

    @property
    def names(self) -> set[str]:
        """Of all samples."""
        return {sample.name for sample in self.samples}

    def __getitem__(self, name: str) -> float:
        """The sum over all samples of that name, of all processes."""
        values = [sample.value for sample in self.samples if sample.name == name]
        assert values, f"{name} is not told"
        return sum(values)

    def values(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """The values of a metric by these labels, summed up over the others."""
        found: dict[tuple[str, ...], float] = {}
        for sample in self.samples:
            if sample.name == name:
                key = tuple(sample.labels[label] for label in labels)
                found[key] = found.get(key, 0) + sample.value
        return found
