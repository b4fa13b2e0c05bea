"""What a kubeconfig from a Secret may make this machine do.

Whoever may write Secrets in a management cluster writes it, so it is data: it may name an API server, and
not this machine, nor an address at which clouds hand out a machine's own credentials.
"""

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses outside the link-local ranges at which clouds answer for a machine's own credentials.
_METADATA = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16")))

# IPv6 networks whose last 32 bits are an IPv4 address, to which a translator or the system itself leads.
_TRANSLATED = tuple(
    map(
        ipaddress.IPv6Network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "::/96")
    )
)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the operator allows a workload cluster's kubeconfig besides, by the settings of that name.

    `cluster` is how these settings name it: `gmc/org-acme/beta`.
    """

    cluster: str = ""
    insecure: bool = False
    """It may ask us not to verify its certificate."""
    loopback: bool = False
    """It may name this machine, and then speak plain HTTP too."""

    @property
    def to_be_insecure(self) -> str:
        """What the operator can do about a certificate that is not to be verified."""
        named = self.cluster or "the cluster's path"
        return f"unless the operator adds {named} to IPVIZ_INSECURE_CLUSTERS"

    def objection(self, address: Address) -> str:
        """Why it may not lead to an address, as the end of a sentence; empty where it may."""
        for each in _meanings(address):
            if each in _METADATA:
                return "is a metadata address, at which clouds hand out credentials"
            if each.is_link_local:
                return "is link-local, where clouds hand out credentials"
            if each.is_unspecified or each.is_multicast or each == ipaddress.IPv4Address("255.255.255.255"):
                return "is no single host's address"
            if each.is_loopback and not self.loopback:
                return "is this machine itself, which only IPVIZ_ALLOW_LOOPBACK allows"
        return ""


STRICT = Trust()


def _meanings(address: Address) -> tuple[Address, ...]:
    """An address, and the IPv4 address that it stands for where it embeds one."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    # The system's own two addresses begin as those do that embed one.
    if address.is_loopback or address.is_unspecified:
        return (address,)
    if any(address in network for network in _TRANSLATED):
        return address, ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    embedded = address.sixtofour or (address.teredo[1] if address.teredo else None)
    return (address, embedded) if embedded else (address,)
