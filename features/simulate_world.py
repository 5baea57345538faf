r"""The mechanisms of the simulated company, day by day.

Every customer has fixed traits: loyalty :math:`L` and price sensitivity :math:`S`, standard
normal, and a base intensity of orders a working day, :math:`B = 0.044 \exp(e + 0.35 z)` with
:math:`e` from -0.45 to 0.45 by industry and :math:`z` standard normal. What moves is the discontent
:math:`D = hurt + scar + open`, and with it the satisfaction :math:`\exp(-b D)`,
:math:`b = 2.4 \exp(-0.06 L)`. Nothing happens at weekends. On a working day a customer does at
most one of these, with a probability from the intensity:

- **order**: :math:`B \exp(-b D)`, times 1.25 under a running contract, times a season of 4 %
  up or down. There is no switch for "has left": discontent alone brings the intensity to nearly
  nothing. A demand is haggled over with probability :math:`\sigma(-2.4 + 0.6 S + 0.8 D)`; of
  these, 10 % + 15 % D (at most 60 %) end as lost quotes, without an order.
- **price talk** without an order: :math:`0.0008 \exp(0.5 S) (1 + 14 \min(D, 2))`: haggling
  rises before leaving.
- **competitor's offer**: :math:`0.0007 \exp(0.5 S)`; it opens a talk that names the competitor.
- **cancelling a contract**: :math:`0.0002 \exp(2.5 D)`.
- **recommending**: :math:`0.018 \exp(0.5 L - 2 D) (0.02 + burst)`. The burst is raised by 1 by
  delight (7 % of the orders of a satisfied customer), by 0.8 by good resolution with goodwill, by
  0.5 by recommending; it ends at 3 and halves every 15 working days: the satisfied recommend in
  bursts. Who came by recommendation may have been chosen by his referrer's own kind (`likeness`
  :math:`r`, 0 unless asked for): his loyalty is :math:`r L_{referrer} + \sqrt{1 - r^2} L`.

What changes D:

- 7 % of orders go wrong. 5 % of these are never spoken of and hurt by 0.6: the silent ones. The
  others complain within days. The weight of a complaint is (0.4 + 0.2 severity) x blame (us 1,
  unclear 0.8, the customer 0.5); as long as it is open it adds 0.2 + 0.07 a working day, up to
  1.6, times its weight. It is resolved with a daily chance of 0.004 + 0.12 exp(-days / 15), so
  what is not resolved soon tends to stay open: late or no resolution drives away.
- Resolution within ten working days leaves 40 % of that as hurt, later 70 %, with goodwill 20 %
  less, and 8 % of the weight as a scar: good resolution does not fully heal. For twenty working
  days a complaint may be reopened (0.5 % a day), which hurts by 0.3.
- A lost quote or price talk hurts by 0.4, a talk about a competitor's offer by 0.8; a talk won
  heals 10 % of the hurt. Cancelling hurts by 0.3.
- Hurt halves every 65 working days (a quarter) and ends at 3; scars halve every 780.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Outcome = Literal["order", "referral"]

HEALING = 0.5 ** (1 / 65)
SCAR_HEALING = 0.5 ** (1 / 780)
MOST_HURT = 3.0
BURST_DECAY = 0.5 ** (1 / 15)
CONTRACT_DAYS = 260
INITIAL_SHARE = 0.6
LATE_AFTER = 10
REOPENABLE_DAYS = 20
NEVER = np.int64(-1)


class World:
    """All customers of one company at one moment, and how they move on by a working day.

    Parameters
    ----------
    n_customers
        Length of every state array. Customers who have not joined yet are not active.
    rng
        The only source of chance.
    likeness
        Correlation of a recommended customer's loyalty with that of the one who recommended.

    Attributes
    ----------
    log
        Column lists by kind of event, or None, when only the future is being asked about.
    """

    def __init__(
        self,
        n_customers: int,
        rng: np.random.Generator,
        *,
        industries: int,
        likeness: float = 0.0,
    ) -> None:
        n = n_customers
        self.rng = rng
        self.likeness = likeness
        self.log: dict[str, list[tuple[npt.NDArray[np.generic], ...]]] | None = defaultdict(list)
        self.industry = rng.integers(industries, size=n)
        self.loyalty = rng.standard_normal(n)
        self.price_sensitivity = rng.standard_normal(n)
        self.size = rng.standard_normal(n)
        effect = np.linspace(-0.45, 0.45, industries)[self.industry]
        self.base = 0.044 * np.exp(effect + 0.35 * self.size)
        self.base_slope = 2.4 * np.exp(-0.06 * self.loyalty)

        self.hurt = np.zeros(n)
        self.scar = np.zeros(n)
        self.burst = np.zeros(n)
        self.problem = np.zeros(n, dtype=bool)
        self.complaint = np.full(n, NEVER)  # number of the latest complaint
        self.complaint_age = np.full(n, NEVER)  # working days open, NEVER when none is open
        self.weight = np.zeros(n)  # of the complaint, by severity and blame
        self.since_resolved = np.full(n, NEVER)
        self.talk = np.full(n, NEVER)
        self.talk_competitor = np.zeros(n, dtype=bool)
        self.contract = np.full(n, NEVER)
        self.contract_ends = np.full(n, NEVER)
        self.cancelled = np.zeros(n, dtype=bool)
        self.numbers = {"complaint": 0, "talk": 0, "contract": 0, "referral": 0}

        self.active = np.zeros(n, dtype=bool)
        initial = round(INITIAL_SHARE * n)
        self.active[:initial] = True
        self.next_customer = initial
        self.referral_pending = np.empty(0, dtype=np.int64)
        self.referrers = np.empty(0, dtype=np.int64)  # by number of the recommendation
        self._start_contracts(np.flatnonzero(self.active & (rng.random(n) < 0.15)), 0)
        signed = np.flatnonzero(self.contract >= 0)
        self.contract_ends[signed] = rng.integers(CONTRACT_DAYS, size=len(signed))
        self.log["contract"] = [
            (self.contract_ends[signed] - CONTRACT_DAYS, signed, self.contract[signed])
        ]

    @property
    def discontent(self) -> Floats:
        """What the customer holds against us, from 0 up."""
        open_ = np.flatnonzero(self.complaint_age >= 0)
        total = self.hurt + self.scar
        total[open_] += self._open_weight(open_)
        return total

    def _open_weight(self, who: Ints) -> Floats:
        """Weight of complaints open now: it grows until a month has gone by."""
        return self.weight[who] * (0.2 + 0.07 * np.minimum(self.complaint_age[who], 20))

    @property
    def satisfaction(self) -> Floats:
        """How much of the usual ordering discontent has left over, 0 to 1."""
        return np.exp(-self.base_slope * self.discontent)

    def step(
        self, day: int, *, season: float, joining: float = 0.0, without: Outcome | None = None
    ) -> Floats:
        """Move on by one working day.

        Parameters
        ----------
        day
            Running number of the working day.
        season
            Factor on the intensity of orders.
        joining
            Share of the customers still to come who join today on their own.
        without
            Given an outcome, it is kept from happening, and all else is drawn under that
            condition: the product of 1 - result over days is then the probability, given the
            path, that the outcome stays away.

        Returns
        -------
        Floats
            Each customer's probability of that outcome today (of an order, by default).
        """
        price, d = self.price_sensitivity, self.discontent
        under_contract = (self.contract >= 0) & ~self.cancelled
        demand = self.base * np.exp(-self.base_slope * d)
        demand *= season * np.where(under_contract, 1.25, 1.0)
        haggled = 1 / (1 + np.exp(2.4 - 0.6 * price - 0.8 * d))
        lost_quote = haggled * np.minimum(0.10 + 0.15 * d, 0.60)
        no_talk = self.talk < 0
        pushed = np.exp(0.5 * price)
        chances = np.stack(
            [
                0.018 * np.exp(0.5 * self.loyalty - 2 * d) * (0.02 + self.burst),
                demand * (1 - lost_quote),
                demand * lost_quote,
                0.0008 * pushed * (1 + 14 * np.minimum(d, 2)) * no_talk,
                0.0007 * pushed * no_talk,
                np.minimum(0.0002 * np.exp(2.5 * d), 0.05) * under_contract,
            ]
        )
        total = chances.sum(axis=0)
        chances *= -np.expm1(-total) / np.maximum(total, 1e-300) * self.active
        edges = np.cumsum(chances, axis=0)

        u = self.rng.random(len(d))
        if without == "referral":
            u = chances[0] + u * (1 - chances[0])
        elif without == "order":
            u *= 1 - chances[1]
            u += np.where(u >= edges[0], chances[1], 0)
        happens = np.flatnonzero(u < edges[-1])
        what = (u[happens] >= edges[:, happens]).sum(axis=0)
        if self.log is not None:
            self._join(day, joining, d)
        self._refer(happens[what == 0], day)
        self._order(happens[what == 1], day, haggled[happens[what == 1]], d)
        self._lose_quote(happens[what == 2], day, d)
        self._open_talk(happens[what == 3], day, d, competitor=False)
        self._open_talk(happens[what == 4], day, d, competitor=True)
        self._cancel(happens[what == 5], day)
        self._move_complaints(day)
        self._decide_talks(day)
        self._end_contracts(day)
        self.hurt = np.minimum(self.hurt, MOST_HURT) * HEALING
        self.scar *= SCAR_HEALING
        self.burst *= BURST_DECAY
        return chances[0] if without == "referral" else chances[1]

    def _write(self, kind: str, day: int, *columns: npt.NDArray[np.generic]) -> None:
        if self.log is not None and len(columns[0]):
            self.log[kind].append((np.full(len(columns[0]), day), *columns))

    def _new_numbers(self, kind: str, count: int) -> Ints:
        first = self.numbers[kind]
        self.numbers[kind] = first + count
        return np.arange(first, first + count)

    def _order(self, who: Ints, day: int, haggled: Floats, d: Floats) -> None:
        rng, n = self.rng, len(who)
        over = rng.random(n) < haggled
        wrong = (rng.random(n) < 0.07) & ~self.problem[who] & (self.complaint_age[who] < 0)
        silent = wrong & (rng.random(n) < 0.05)
        self.hurt[who[silent]] += 0.6
        self.problem[who[wrong & ~silent]] = True
        delighted = ~wrong & (rng.random(n) < 0.07 * np.exp(-2 * d[who]))
        self.burst[who[delighted]] = np.minimum(self.burst[who[delighted]] + 1, 3)
        signs = (rng.random(n) < 0.03 * np.exp(0.4 * self.loyalty[who])) & (self.contract[who] < 0)
        self._start_contracts(who[signs], day)
        self._write("order", day, who, over, d[who], signs)
        self._write("delight", day, who[delighted])

    def _join(self, day: int, joining: float, d: Floats) -> None:
        """Let customers come, by recommendation or on their own; each comes with an order."""
        rng, left = self.rng, len(self.active) - self.next_customer
        pending = self.referral_pending
        converted = pending[rng.random(len(pending)) < 0.012][:left]
        own = rng.binomial(left - len(converted), joining)
        count = len(converted) + own
        who = np.arange(self.next_customer, self.next_customer + count)
        self.next_customer += count
        self.active[who] = True
        self._resemble(who[: len(converted)], self.referrers[converted])
        self.referral_pending = np.setdiff1d(pending, converted, assume_unique=True)
        self._write("join", day, who)
        self._write("convert", day, converted, who[: len(converted)])
        self._order(who, day, np.zeros(count), d)

    def _resemble(self, who: Ints, referrers: Ints) -> None:
        if self.likeness and len(who):
            own = np.sqrt(1 - self.likeness**2) * self.loyalty[who]
            self.loyalty[who] = self.likeness * self.loyalty[referrers] + own
            self.base_slope[who] = 2.4 * np.exp(-0.06 * self.loyalty[who])

    def _refer(self, who: Ints, day: int) -> None:
        self.burst[who] = np.minimum(self.burst[who] + 0.5, 3)
        numbers = self._new_numbers("referral", len(who))
        if self.log is not None:
            taken = self.rng.random(len(who)) < 0.6  # the others never come
            self.referral_pending = np.concatenate([self.referral_pending, numbers[taken]])
            self.referrers = np.concatenate([self.referrers, who])
        self._write("referral", day, who, numbers)

    def _lose_quote(self, who: Ints, day: int, d: Floats) -> None:
        self.hurt[who] += 0.40
        self._write("lost_quote", day, who, d[who])

    def _open_talk(self, who: Ints, day: int, d: Floats, *, competitor: bool) -> None:
        self.talk[who] = numbers = self._new_numbers("talk", len(who))
        self.talk_competitor[who] = competitor
        self._write("talk", day, who, numbers, np.full(len(who), competitor), d[who])

    def _decide_talks(self, day: int) -> None:
        open_ = np.flatnonzero(self.talk >= 0)
        who = open_[self.rng.random(len(open_)) < 0.10]
        price = self.price_sensitivity[who]
        won = self.rng.random(len(who)) < 1 / (1 + np.exp(-0.2 + 0.3 * price))
        blow = np.where(self.talk_competitor[who], 0.80, 0.40)
        self.hurt[who] = np.where(won, 0.9 * self.hurt[who], self.hurt[who] + blow)
        self._write("decide", day, self.talk[who], won)
        self.talk[who] = NEVER

    def _start_contracts(self, who: Ints, day: int) -> None:
        self.contract[who] = numbers = self._new_numbers("contract", len(who))
        self.contract_ends[who] = day + CONTRACT_DAYS
        self.cancelled[who] = False
        self._write("contract", day, who, numbers)

    def _cancel(self, who: Ints, day: int) -> None:
        self.cancelled[who] = True
        self.hurt[who] += 0.30
        self._write("cancel", day, self.contract[who])

    def _end_contracts(self, day: int) -> None:
        ending = np.flatnonzero(self.contract_ends == day)
        over = ending[self.cancelled[ending]]
        self.contract[over] = self.contract_ends[over] = NEVER
        self._start_contracts(ending[~self.cancelled[ending]], day)

    def _move_complaints(self, day: int) -> None:
        """Open what has gone wrong, let open complaints hurt, resolve and reopen them."""
        rng = self.rng
        open_ = np.flatnonzero(self.complaint_age >= 0)
        age = self.complaint_age[open_]
        solved = rng.random(len(open_)) < 0.004 + 0.12 * np.exp(-age / 15)
        who, late = open_[solved], age[solved] >= LATE_AFTER
        goodwill = rng.random(len(who)) < 0.45
        remains = np.where(late, 0.70, 0.40) - 0.20 * goodwill
        self.hurt[who] += remains * self._open_weight(who)
        self.scar[who] += 0.08 * self.weight[who]
        well = who[~late & goodwill]
        self.burst[well] = np.minimum(self.burst[well] + 0.8, 3)
        self._write("resolve", day, self.complaint[who], goodwill, late, self.discontent[who])
        self.complaint_age[open_] += 1
        self.complaint_age[who] = NEVER

        fresh = np.flatnonzero(self.since_resolved >= 0)
        again = fresh[rng.random(len(fresh)) < 0.005]
        self.hurt[again] += 0.30
        self._write("reopen", day, self.complaint[again])
        self.since_resolved[fresh] += 1
        self.since_resolved[fresh[self.since_resolved[fresh] > REOPENABLE_DAYS]] = NEVER
        self.since_resolved[again] = NEVER
        self.since_resolved[who] = 0

        waiting = np.flatnonzero(self.problem)
        who = waiting[rng.random(len(waiting)) < 0.25]
        self.problem[who] = False
        severity = rng.choice(
            [1.0, 2.0, 3.0, 4.0, 5.0], size=len(who), p=[0.15, 0.25, 0.3, 0.2, 0.1]
        )
        cause = rng.choice(3, size=len(who), p=[0.6, 0.15, 0.25])
        self.weight[who] = (0.4 + 0.2 * severity) * np.array([1.0, 0.5, 0.8])[cause]
        self.complaint_age[who] = 0
        self.since_resolved[who] = NEVER
        self.complaint[who] = numbers = self._new_numbers("complaint", len(who))
        self._write("complaint", day, who, numbers, severity, cause)
