"""What memory and people's policies come to together."""

from itertools import product

import pytest

from bench.lifelong.combining import combined
from dsl.model import Effect
from memory.induction.case import Base

BASES = [Base(effect, soft) for effect in Effect for soft in (False, True)]
RANK = [Effect.ALLOW, Effect.ASK, Effect.DENY]


@pytest.mark.parametrize("base", BASES)
def test_memory_only_narrows(base: Base) -> None:
    """Laws 1 and 4: by default no effect gets looser, and a stricter opinion never lowers one."""
    found = [RANK.index(combined(base, narrow)) for narrow in RANK]

    assert combined(base, Effect.ALLOW) is base.effect
    assert found == sorted(found)
    assert min(found) == RANK.index(base.effect)


@pytest.mark.parametrize(("base", "narrow"), list(product(BASES, RANK)))
def test_the_exception_asks_where_a_model_alone_denied(base: Base, narrow: Effect) -> None:
    """Laws 2 and 3: it turns a denial by a model into an ask at most, and nothing into allow."""
    softened, plain = combined(base, narrow, softened=True), combined(base, narrow)

    if base == Base(Effect.DENY, soft=True) and narrow is not Effect.DENY:
        assert softened is Effect.ASK
    else:
        assert softened is plain
