"""The expected gain of offers over the endowment, and its gradient in their directions.

Choices of different agents are independent, so the expected gain depends on the offers through the probabilities p of
choices and through what the cleared market then does with the rays. By the envelope theorem the second part has the
derivative y (lambda - pi) in each ray; the first is what the marginal agent is worth: in a multinomial market
``dE[V]/dp_g = E[n_g (V(n) - V(n - e_g))] / p_g``, times the density of types that are indifferent to ray g.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from raymenu.solvers.small_market.choice_probabilities import (
    Draws,
    Enumeration,
    Population,
    Profiles,
    fresh_profiles,
)
from raymenu.solvers.small_market.clearing import clear, clear_with_marginals
from raymenu.solvers.small_market.offers import Offers

Floats = NDArray[np.float64]
MOST_ENUMERATED = 4096


@dataclass(frozen=True, eq=False)
class Gradient:
    """Derivatives of the expected gain: in the slots (L, r), in the basis (I, r), and what one agent more in each group
    is worth, (M,)."""

    slots: Floats
    basis: Floats
    agents: Floats


@dataclass
class Objective:
    """The selection sample: expected gain by enumeration where that is small, else on common random numbers."""

    population: Population
    draws: Draws
    _enumerations: dict[bytes, Enumeration | None] = field(default_factory=dict)

    def profiles(self, offers: Offers) -> tuple[Profiles, Floats]:
        """The profiles to average over, and the probabilities of choices."""
        chance = self.population.probabilities(offers)
        enumeration = self.enumeration(offers)
        if enumeration is not None:
            return enumeration.profiles(offers, chance), chance
        return self.draws.profiles(offers, chance), chance

    def enumeration(self, offers: Offers) -> Enumeration | None:
        """All profiles, where they are few."""
        key = b"|".join(part.tobytes() for part in (offers.sizes, offers.owner, offers.slot, offers.scale > 0))
        if key not in self._enumerations:
            few = Enumeration.number(offers) <= MOST_ENUMERATED
            self._enumerations[key] = Enumeration.of(offers) if few else None
        return self._enumerations[key]

    def gain(self, offers: Offers) -> float:
        """Expected gain over the endowment, on the selection sample."""
        profiles, _ = self.profiles(offers)
        return float(profiles.weights @ clear(offers.coordinates, offers.values, profiles.counts))

    def gains(self, offers: Offers) -> Profiles:
        """The gain in each profile, in place of counts."""
        profiles, _ = self.profiles(offers)
        return Profiles(clear(offers.coordinates, offers.values, profiles.counts), profiles.weights)

    def gradient(self, offers: Offers, batch: int, rng: np.random.Generator) -> Gradient:
        """The gain's derivatives, on a fresh batch of profiles where these are not enumerated."""
        chance = self.population.probabilities(offers)
        enumeration = self.enumeration(offers)
        if enumeration is not None and enumeration.size <= 4 * batch:
            profiles = enumeration.profiles(offers, chance)
        else:
            profiles = fresh_profiles(offers, chance, batch, rng)
        market = clear_with_marginals(offers.coordinates, offers.values, profiles.counts)
        weights = profiles.weights
        worth = weights @ (profiles.counts * market.marginals) / np.maximum(chance, 1e-9)
        done = weights @ market.amounts
        priced = (weights[:, None] * market.amounts).T @ market.prices
        # pull_r = E[y (lambda - basis' pi)], the derivative of the cleared market's gain in the ray's coordinates.
        pull = priced - done[:, None] * (offers.performance @ offers.basis)
        signed = offers.sign * offers.scale
        slots = offers.slots[offers.slot]
        total = signed * (pull * slots).sum(axis=1)
        binding = np.zeros_like(offers.raw)
        held = np.take_along_axis(offers.endowments, offers.anchors[:, None], axis=1)[:, 0]
        steep = np.divide(total * offers.scale * offers.sign, held, out=np.zeros_like(total), where=held > 0)
        binding[np.arange(offers.n_rays), offers.anchors] = steep
        boundary = (worth * offers.sign)[:, None] * self.population.margin(offers)
        in_tasks = binding + boundary
        by_slot = signed[:, None] * pull + in_tasks @ offers.basis
        by_basis = (in_tasks - (signed * done)[:, None] * offers.performance).T @ slots
        slot_gradient = np.zeros_like(offers.slots)
        np.add.at(slot_gradient, offers.slot, by_slot)
        agents = np.bincount(offers.owner, weights=worth * chance, minlength=offers.sizes.size) / offers.sizes
        return Gradient(slot_gradient, by_basis, agents)
