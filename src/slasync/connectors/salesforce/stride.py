"""How many rows go to one call: fewer where calls get no answer or rows are locked, then more."""

from dataclasses import dataclass

FEWEST = 25


@dataclass(frozen=True, slots=True)
class Stride:
    """Rows of one call, at most `most`."""

    most: int
    rows: int

    @classmethod
    def full(cls, most: int) -> "Stride":
        return cls(most, most)

    def shorter(self) -> "Stride":
        """Return half of it: after a call without an answer, or one in which rows were locked."""
        return Stride(self.most, max(min(FEWEST, self.most), self.rows // 2))

    def longer(self) -> "Stride":
        """Return twice as much: after a call that went well."""
        return Stride(self.most, min(self.most, self.rows * 2))
