"""How many queries each page may make, whatever is stored: to be looked at whenever one grows.

Those of the session and of the person who is signed in are among them.
"""

from tests.web.conftest import MAP

THEN = "at=2026-01-15T09:05:00Z"
ADDRESS = "/addresses/192.0.2.236/"

BUDGETS = {
    "/": 16,
    "/subnets/": 11,
    f"/subnets/?{THEN}": 12,
    MAP: 22,
    f"{MAP}?address=192.0.2.236": 33,
    f"{MAP}?{THEN}": 27,
    f"{MAP}map/": 7,
    f"{MAP}map/?{THEN}": 12,
    f"{MAP}notes/": 11,
    f"{MAP}report/": 16,
    ADDRESS: 20,
    f"{ADDRESS}?{THEN}": 26,
    "/addresses/192.0.2.240/": 15,
    "/findings/": 12,
    "/findings/?status=resolved": 9,
    "/rules/": 5,
    "/clusters/": 7,
    "/clusters/gmc/": 15,
    "/clusters/gmc/org-acme/beta/": 14,
    "/changes/": 9,
    "/alerts/": 7,
    "/search/?q=ingress": 9,
    "/addresses/": 11,
    "/pools/": 11,
    "/claims/": 10,
    "/services/": 10,
    f"/services/?{THEN}": 10,
    "/plan/": 6,
    "/plan/divide/": 22,
    "/plan/address/": 14,
    "/plan/range/?cluster=beta": 21,
    "/plan/cluster/?name=zeta&organization=acme": 22,
    "/settings/": 13,
    "/settings/segments/": 9,
    "/settings/subnets/": 7,
    "/settings/clusters/": 9,
    "/settings/password/": 5,
}
OF_ADMINS = {
    "/settings/clusters/": 9,
    "/settings/clusters/gmc/remove/": 11,
    "/settings/tokens/": 7,
    "/settings/people/": 8,
    "/settings/running/": 17,
}
"""Those that only admins see, or see with more on them."""
