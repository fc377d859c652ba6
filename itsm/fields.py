"""Model fields of the house: time-ordered keys, money, shares and encrypted secrets."""

import base64
import hashlib
import os
import time
import uuid
from decimal import Decimal
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


def uuid7() -> uuid.UUID:
    """Return a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def key_field() -> models.UUIDField:
    """Return the primary key of every table: a UUIDv7 made by the application."""
    return models.UUIDField(primary_key=True, default=uuid7, editable=False)


class MoneyField(models.DecimalField):
    """An amount of money, four decimals; its currency stands in a field beside it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 18)
        options.setdefault("decimal_places", 4)
        super().__init__(*args, **options)


class PercentField(models.DecimalField):
    """A share in per cent, 0 to 100, six decimals (99.95 means 99.95 %)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("max_digits", 9)
        options.setdefault("decimal_places", 6)
        options.setdefault(
            "validators", [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))]
        )
        super().__init__(*args, **options)


def _cipher() -> Fernet:
    digest = hashlib.sha256(b"plimsoll.secret:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def encrypted(text: str) -> str:
    """Return a text encrypted with the site's key."""
    return _cipher().encrypt(text.encode()).decode()


def decrypted(text: str) -> str | None:
    """Return what ``encrypted`` was given; None when another key encrypted it or nobody did."""
    try:
        return _cipher().decrypt(text.encode()).decode()
    except InvalidToken:
        return None


class SecretField(models.TextField):
    """A text that is stored encrypted with the site's key and never shown, searched or exported."""

    def get_prep_value(self, value: Any) -> Any:
        return value if value in (None, "") else encrypted(str(value))

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Any:
        return value if value in (None, "") else decrypted(value)
