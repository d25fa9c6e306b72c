"""Les erreurs, telles qu'on les attrape : ``from datakit.errors import UnsafeOperation``. Définies dans ``core``."""

from datakit.core.errors import (
    AbsentError,
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
    "AbsentError",
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
