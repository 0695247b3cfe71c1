"""Rechecking a design file by itself: it believes nothing that it can work out again.

Nothing here reads through the code that wrote the file: fields, rationals, types, choices, assignments and costs are
taken from the JSON and worked out by definition. What cannot be worked out is said to be unchecked.
"""

from raymenu.designs.verification.claims import Claim
from raymenu.designs.verification.recheck import read_document, require_design, verify

__all__ = ["Claim", "read_document", "require_design", "verify"]
