"""What the shared cache of limits stores: numbers as text, so that nothing read from it is ever unpickled."""


class Numbers:
    """Serializer of Django's Redis cache for whole numbers and nothing else."""

    def dumps(self, value: int) -> int:
        """The number itself; Redis keeps it as text."""
        return int(value)

    def loads(self, data: bytes) -> int:
        """The number read back; raises ValueError for anything else."""
        return int(data)
