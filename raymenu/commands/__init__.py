"""The verbs of the command line, one file each; each registers itself on ``raymenu.cli.app``."""
