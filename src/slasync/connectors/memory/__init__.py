"""The double: a system in memory behind the same ports, held to the same contract as the real.

`MemorySystem` is what is stored, and what people do there; `MemorySource` and `MemorySink` are
the ports onto it. Faults are switched on by tests, one call or one row at a time.
"""

from slasync.connectors.memory.sink import LANES, SIZES, MemorySink
from slasync.connectors.memory.source import MemorySource
from slasync.connectors.memory.system import Fault, MemorySystem, MemoryTask

__all__ = ["LANES", "SIZES", "Fault", "MemorySink", "MemorySource", "MemorySystem", "MemoryTask"]
