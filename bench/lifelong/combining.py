"""What memory and the policies that people wrote come to together.

Memory narrows: `allow < ask < deny`, and the stricter counts. The one exception, which is
tried here alone and is no setting of a gateway, lets a person be asked where a model alone denied.
"""

from dsl.model import Effect, strictest
from memory.induction.case import Base


def combined(base: Base, narrow: Effect, *, softened: bool = False) -> Effect:
    """Return the effect of a decision.

    `narrow` is what memory's overlay says. `softened`: the exception is switched on, and a rule
    that softens holds by true; a rule that is unknown, or a fault, is no such thing.
    """
    asks = softened and base.soft and base.effect is Effect.DENY
    return strictest(Effect.ASK if asks else base.effect, narrow)
