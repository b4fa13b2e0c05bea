"""YAML of other people, read as plain values and nothing else."""

import yaml


class Alias(yaml.YAMLError):
    """An alias stands in it."""


class PlainLoader(yaml.SafeLoader):
    """Refuses aliases, with which a small file can grow without bound."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Alias("an alias")
        return super().compose_node(parent, index)
