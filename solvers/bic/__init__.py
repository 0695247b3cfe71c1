"""Program (1), its relaxations and its bounds; constant mechanisms and Lemma 1."""
