"""What viewers, the payment provider and intruders do. Every flow has people of its own."""

from __future__ import annotations

from archlib.scenarios.paid_content.flows.links import (
    around_flow,
    clear_flow,
    keys_flow,
    life_flow,
    revoking_flow,
    tampering_flow,
)
from archlib.scenarios.paid_content.flows.members import (
    doors_flow,
    members_flow,
    payments_flow,
    provider_flow,
    purchases_flow,
)
from archlib.scenarios.paid_content.flows.watching import (
    abroad_flow,
    look_flow,
    playing_flow,
    worldwide_flow,
)
from archlib.verify import Flow

FLOWS = (
    Flow("members", "A member's record", members_flow),
    Flow("doors", "Who gets a link", doors_flow),
    Flow("purchases", "Two members, two videos", purchases_flow),
    Flow("payments", "Payments, told once and twice", payments_flow),
    Flow("provider", "Acting as the payment provider", provider_flow),
    Flow("life", "A link's life", life_flow),
    Flow("tampering", "Making a link say more", tampering_flow),
    Flow("around", "Past the signature and past the edge", around_flow),
    Flow("around-oac", "The same, with OAC", around_flow, "oac"),
    Flow("revoking", "Premium is revoked", revoking_flow),
    Flow("keys", "Keys change", keys_flow),
    Flow("worldwide", "On four continents", worldwide_flow),
    Flow("playing", "A player's requests", playing_flow),
    Flow("abroad", "From abroad, by signed URLs", abroad_flow),
    Flow("abroad-s3", "From abroad, by S3's presigned URLs", abroad_flow, "s3-links"),
    Flow("look", "What an administrator finds", look_flow),
    Flow("clear", "In the clear", clear_flow),
)

__all__ = ["FLOWS"]
