"""The joint search over polarized menus: partitions of the tasks, each with its trees."""
