"""The clock of the exam page, as its JavaScript has it: what decides when time left is saved.

The page runs this once a second::

    let elapsed = 0;
    setInterval(() => {
      elapsed += 1;
      if (elapsed > 10) {            // the bug; `=== 10` was meant
        save().then(() => { elapsed = 0; });
      }
    }, 1000);

As long as answers come within a second nobody notices. Once an answer is late, the condition stays true and every
further second sends another save, until an answer, any of them, sets `elapsed` back.
"""

from dataclasses import dataclass


@dataclass(slots=True)
class SaveClock:
    """Seconds since the last answer, and whether this second sends a save."""

    threshold: int
    bug: bool
    elapsed: int = 0

    def tick(self) -> bool:
        """One second passes: is a save sent now?"""
        self.elapsed += 1
        return self.elapsed > self.threshold if self.bug else self.elapsed == self.threshold

    def answered(self) -> None:
        """An answer to a save came, whichever save it was for."""
        self.elapsed = 0
