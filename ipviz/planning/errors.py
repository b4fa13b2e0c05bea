"""What planning can't do, said so that whoever asked finds the field."""


class CannotPlan(ValueError):
    """What was asked for names something that can't be; `field` is where, the text says what there is."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
