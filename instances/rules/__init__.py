"""Rules on the final assignment: what an organisation asks of it besides cost and consent."""

from raymenu.instances.rules.compiled import CompiledRules, RuleRow, compile_rules
from raymenu.instances.rules.rule import KINDS, Rule
from raymenu.instances.rules.table import read_rules

__all__ = ["KINDS", "CompiledRules", "Rule", "RuleRow", "compile_rules", "read_rules"]
