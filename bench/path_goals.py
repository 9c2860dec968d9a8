"""What the path of a check is to reach; each bench that measures it holds it to these."""

from typing import Final

OF_BARE: Final = 0.8  # requests a second, beside a constant answer of bare ASGI: at least
OF_FASTAPI: Final = 1 / 3.5  # time of the processor, beside a constant answer of FastAPI: at most
BUSY_US: Final = 50  # of the processor, for a check with its record: at most
ALONE_US: Final = 100  # the median wait of one caller: at most
