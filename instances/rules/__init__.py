"""Rules on the final assignment: what an organisation asks of it besides cost and consent."""

from raymenu.instances.rules.compiled import CompiledRules, RuleRow, compile_rules
from raymenu.instances.rules.rule import KINDS, Rule
from raymenu.instances.rules.table import read_rules
from raymenu.instances.rules.whole_numbers import only_in_expectation

__all__ = ["KINDS", "CompiledRules", "Rule", "RuleRow", "compile_rules", "only_in_expectation", "read_rules"]
