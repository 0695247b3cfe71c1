"""Program (1), BIC, in its three forms, and what it becomes without (IC): full information."""
