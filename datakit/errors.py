"""Les erreurs, telles qu'on les attrape : ``from datakit.errors import UnsafeOperation``. Définies dans ``core``."""

from datakit.core.errors import (
    CodeError,
    DatakitError,
    FormatError,
    GeographyError,
    JoinError,
    NetworkError,
    OptionError,
    SecrecyError,
    SourceError,
    UnsafeOperation,
)

__all__ = [
    "CodeError",
    "DatakitError",
    "FormatError",
    "GeographyError",
    "JoinError",
    "NetworkError",
    "OptionError",
    "SecrecyError",
    "SourceError",
    "UnsafeOperation",
]
