"""The losses of `omni-r1`, in its terms: `train/language`, `train/perception`, `train/objective`."""

import torch
import torch.nn.functional as F


class Perception:
    """`|| W h_p - E[c_p] ||^2` at the positions with a code (Omni-R1, equation 2), or MVoT's token discrepancy."""

    def __init__(self, settings: dict, codebook: torch.Tensor, codes: list[int]):
        self.settings = settings
        self.codebook = codebook.float()
        self.first, self.end = codes
        if self.discrepancy:
            self.distances = torch.cdist(self.codebook, self.codebook).square() / self.codebook.shape[1]

    @property
    def discrepancy(self) -> bool:
        return self.settings["form"] == "discrepancy"

    @property
    def weight(self) -> float:
        return self.settings["weight"]

    def sum(self, projected: torch.Tensor | None, logits: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        """The sum over the positions of `codes` `[N]` that compare something; states and logits `[N, ..]`."""
        sites = codes >= 0
        if self.discrepancy:
            p = logits[sites][:, self.first : self.end].float().softmax(-1)
            return (p * self.distances[codes[sites]]).sum()
        return (projected[sites].float() - self.codebook[codes[sites]]).square().sum()


def cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Of each token in nats, computed in f32."""
    return F.cross_entropy(logits.float(), targets, reduction="none")


def policy(objective: dict, now: torch.Tensor, old: torch.Tensor, advantage: torch.Tensor) -> torch.Tensor:
    """The clipped policy cost of each token with the dual clip (Omni-R1, equations 13 to 16; verl)."""
    ratio = (now - old).clamp(-20, 20).exp()
    clipped = ratio.clamp(1 - objective["clip_low"], 1 + objective["clip_high"])
    cost = torch.maximum(-advantage * ratio, -advantage * clipped)
    if objective["dual_clip"] > 0:
        cost = torch.where(advantage < 0, torch.minimum(cost, -advantage * objective["dual_clip"]), cost)
    return cost


def distance(objective: dict, now: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """The distance to the reference at each token, unweighted."""
    if objective["kl"] == "k1":
        return now - reference
    difference = (reference - now).clamp(-20, 20)
    return (difference.exp() - difference - 1).clamp(max=10)


def shares(objective: dict, weights: torch.Tensor, answers: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    """Each token's share in the sum of an update with so many `answers`, whose weights are `total` in all.
    `weights` are `[answers here, T]`."""
    divisor = {"answer": answers * weights.sum(1, keepdim=True), "batch": total,
               "constant": answers * objective["constant"]}[objective["normalise"]]
    return torch.where(divisor > 0, weights / divisor.clamp(min=1e-12), 0)


def within(grammar, temperatures: dict, logits: torch.Tensor, tokens: torch.Tensor,
           sets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities of tokens `[B, T]` and entropies over what the grammar allowed, by its temperatures; 0 where
    there was no choice (a set below 0)."""
    chosen = sets >= 0
    which = sets[chosen]
    scale = torch.where(grammar.pictures[which], 1 / temperatures["picture"], 1 / temperatures["text"])
    allowed = grammar.masks[which]
    scaled = (logits[chosen].float() * scale[:, None]).masked_fill(~allowed, -torch.inf)
    log_p = scaled.log_softmax(-1)
    own = log_p.gather(1, tokens[chosen][:, None])[:, 0]
    # Nothing times minus infinity is nothing here, and so is its gradient.
    entropy = -(log_p.exp() * log_p.masked_fill(~allowed, 0)).sum(-1)
    zeros = torch.zeros(sets.shape, device=logits.device)
    return zeros.masked_scatter(chosen, own), zeros.masked_scatter(chosen, entropy)
