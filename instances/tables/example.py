"""Tables to start from: seven surgeons, three operations."""

from __future__ import annotations

import shlex
from pathlib import Path

EXAMPLE = {
    "performance.csv": """surgeon,hip,knee,hand
Dr Abel,4.1%,6.0%,2.2%
Dr Brandt,7.9%,3.1%,2.9%
Dr Conti,5.2%,5.5%,1.4%
Dr Duarte,3.6%,8.2%,4.0%
Dr Eriksen,6.6%,4.4%,3.1%
Dr Fournier,9.0%,5.9%,1.1%
Dr Güler,4.8%,3.7%,5.2%
""",
    "status_quo.csv": """surgeon,hip,knee,hand
Dr Abel,20,15,30
Dr Brandt,25,20,20
Dr Conti,20,20,40
Dr Duarte,15,25,20
Dr Eriksen,20,20,25
Dr Fournier,30,15,15
Dr Güler,20,25,20
""",
    "costs.csv": """surgeon,hip,knee,hand
asked 1,120,95,40
asked 2,100,100,55
asked 3,150,90,45
asked 4,110,120,35
asked 5,90,80,60
asked 6,130,110,50
""",
}
"""File by file: the share of operations that go wrong, operations a month, minutes of strain that six people stated."""


def example_command(folder: Path) -> str:
    """The command that makes an instance of them."""
    at = {name: shlex.quote(str(folder / name)) for name in (*EXAMPLE, "mine.json")}
    return (
        f"raymenu new --performance {at['performance.csv']} --performance-is cost --status-quo {at['status_quo.csv']} "
        f"--costs {at['costs.csv']} --out {at['mine.json']}"
    )
