"""The rooms of the other tests are used: a shop of real processes."""

from tests.acceptance.conftest import make_shop, shop

__all__ = ["make_shop", "shop"]
