"""Kubernetes quantities: `10`, `900m`, `1.5Gi`, read and written as the API server does.

A quantity is an exact decimal with a preferred notation. The autoscaler works in thousandths
("milli"), so a target or a reading is converted once with `Quantity.milli` and is a plain integer
from then on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_INT64_MAX = 2**63 - 1
_INT32_MAX = 2**31 - 1
_NANO = -9
_EXACT_DIGITS = 18
"""Decimal digits that always fit an int64."""
_LONGEST = 256
"""No sensible quantity is longer; keeps hostile text from becoming a giant integer."""

_PATTERN = re.compile(r"([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)", re.ASCII)
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)", re.ASCII)

_DECIMAL_SUFFIXES = {
    "n": -9,
    "u": -6,
    "m": -3,
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
}
_BINARY_SUFFIXES = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_BY_EXPONENT = {exponent: suffix for suffix, exponent in _DECIMAL_SUFFIXES.items()}
_BY_POWER_OF_1024 = ["", *_BINARY_SUFFIXES]


class Format(StrEnum):
    """The notation a quantity is written in; the values are Kubernetes' names."""

    DECIMAL_SI = "DecimalSI"
    """`1500m`, `2`, `3k`."""
    BINARY_SI = "BinarySI"
    """`512Mi`."""
    DECIMAL_EXPONENT = "DecimalExponent"
    """`12e6`."""


class QuantityError(ValueError):
    """The text is not a quantity; the message says what one looks like."""


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An exact number, `mantissa` times ten to the power of `exponent`.

    Two quantities are equal when their numbers are, whatever their notation. `str()` gives what
    the API server would send back.
    """

    mantissa: int
    exponent: int
    format: Format = Format.DECIMAL_SI
    spelling: str = ""
    """The text as given, where the API server keeps it; empty: the canonical form is written."""

    @property
    def milli(self) -> int:
        """Thousandths, rounded away from zero and held within int64."""
        return self._scaled(-3)

    @property
    def value(self) -> int:
        """Whole units, rounded away from zero and held within int64."""
        return self._scaled(0)

    @property
    def sign(self) -> int:
        """-1, 0 or 1."""
        return (self.mantissa > 0) - (self.mantissa < 0)

    def _scaled(self, exponent: int) -> int:
        shift = self.exponent - exponent
        size = abs(self.mantissa)
        if shift >= 0:
            # Twenty more digits are beyond int64 already; the exponent may be anything.
            size *= int(10 ** min(shift, 20))
        else:
            size = -(-size // int(10**-shift))
        return min(size, _INT64_MAX) if self.mantissa > 0 else -min(size, _INT64_MAX + 1)

    def __float__(self) -> float:
        # Mantissa times a power of ten, in this order: `9m` is 0.009000000000000001 to the
        # controller, not 0.009.
        if self.mantissa == 0:
            return 0.0
        try:
            return float(self.mantissa) * float(f"1e{self.exponent}")
        except OverflowError:
            return float("inf") * self.sign

    def __str__(self) -> str:
        return self.spelling or self._canonical()

    def _canonical(self) -> str:
        if self.mantissa == 0:
            return "0"
        mantissa, exponent = self._key()
        if self.format is Format.BINARY_SI and exponent >= 0:
            whole = mantissa * 10**exponent
            if abs(whole) >= 1024:
                power = 0
                while whole % 1024 == 0:
                    whole //= 1024
                    power += 1
                return f"{whole}{_BY_POWER_OF_1024[power]}"
        mantissa *= 10 ** (exponent % 3)
        exponent -= exponent % 3
        if self.format is Format.DECIMAL_EXPONENT:
            return f"{mantissa}e{exponent}" if exponent else f"{mantissa}"
        # Above E there is no suffix, and Kubernetes then writes none: 1000E comes back as 1.
        return f"{mantissa}{_BY_EXPONENT.get(exponent, '')}"

    def _key(self) -> tuple[int, int]:
        """The number with the factors of ten moved into the exponent."""
        mantissa, exponent = self.mantissa, self.exponent
        if mantissa == 0:
            return 0, 0
        while mantissa % 10 == 0:
            mantissa //= 10
            exponent += 1
        return mantissa, exponent

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def parse(text: str) -> Quantity:
    """The quantity a text stands for.

    Accepted: an optional sign, digits with an optional point, then one of n u m k M G T P E,
    Ki Mi Gi Ti Pi Ei, or an exponent such as e3. Finer values than a billionth are rounded away
    from zero.

    Raises:
        QuantityError: anything else; also `K`, inner spaces and underscores.
    """
    match = _PATTERN.fullmatch(text)
    if not text or match is None or len(text) > _LONGEST:
        raise QuantityError(f"{text[:40]!r} is not a quantity such as 10, 900m, 0.9 or 1.5Gi")
    sign, whole, fraction, suffix = match.groups(default="")
    digits = (whole or "0") + fraction
    factor = -1 if sign == "-" else 1
    if suffix in _BINARY_SUFFIXES:
        return _binary(text, factor, whole or "0", fraction, _BINARY_SUFFIXES[suffix])
    if suffix in _DECIMAL_SUFFIXES:
        exponent, form = _DECIMAL_SUFFIXES[suffix], Format.DECIMAL_SI
    else:
        exponent, form = _written_exponent(text, suffix), Format.DECIMAL_EXPONENT
    exponent -= len(fraction)
    mantissa = factor * int(digits)
    if len(digits) > _EXACT_DIGITS or exponent < _NANO:
        return Quantity(*_to_nano(mantissa, exponent), form)
    keeps = exponent % 3 == 0 and not digits.endswith("000") and not digits.startswith("0")
    return Quantity(mantissa, exponent, form, text if keeps else "")


def _written_exponent(text: str, suffix: str) -> int:
    match = _EXPONENT.fullmatch(suffix)
    if match is None or len(suffix) > 12 or abs(int(match[1])) > _INT32_MAX:
        raise QuantityError(
            f"{text!r} ends in {suffix!r}, which is not a suffix of quantities: "
            "n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent such as e3"
        )
    return int(match[1])


def _binary(text: str, factor: int, whole: str, fraction: str, power: int) -> Quantity:
    mantissa = factor * int(whole + fraction) << power
    if not fraction and len(whole) + power * 3 // 10 < 15:
        # Kubernetes takes a number that is no multiple of eight for canonical, unseen.
        return Quantity(mantissa, 0, Format.BINARY_SI, text if int(whole) % 8 else "")
    size, exponent = _to_nano(abs(mantissa), -len(fraction))
    size = min(size, _INT64_MAX * 10**-exponent)
    small = 0 < size < 10**-exponent
    return Quantity(factor * size, exponent, Format.DECIMAL_SI if small else Format.BINARY_SI)


def _to_nano(mantissa: int, exponent: int) -> tuple[int, int]:
    """The number in billionths, rounded away from zero."""
    if mantissa == 0:
        return 0, 0
    sign = 1 if mantissa > 0 else -1
    size = abs(mantissa)
    shift = exponent - _NANO
    if shift >= 0:
        if shift > 400:
            raise QuantityError("the number is too large for a quantity")
        return mantissa * 10**shift, _NANO
    if -shift > len(str(size)):
        return sign, _NANO
    return sign * -(-size // 10**-shift), _NANO


def of_milli(milli: int, form: Format = Format.DECIMAL_SI) -> Quantity:
    """The quantity of so many thousandths."""
    return Quantity(milli, -3, form)


def format_milli(milli: int, form: Format = Format.DECIMAL_SI) -> str:
    """Canonical text of so many thousandths: 1500 is `1500m`, 2000 is `2`, 1000000 is `1k`."""
    return str(of_milli(milli, form))


def canonical(text: str) -> str:
    """The text the API server sends back for a quantity it was given.

    Raises:
        QuantityError: the text is not a quantity.
    """
    return str(parse(text))
