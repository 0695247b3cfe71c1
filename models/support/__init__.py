"""The support function S_j(w) as programs: menus of polarized rays, relaxations, and Lemma 5."""
