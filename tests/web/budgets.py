"""How many queries each page may make, whatever is stored: to be looked at whenever one grows.

Those of the session, of the person who is signed in and of what that person is limited to are among them.
"""

from tests.web.conftest import MAP

THEN = "at=2026-01-15T09:05:00Z"
ADDRESS = "/addresses/192.0.2.236/"

BUDGETS = {
    "/": 17,
    "/subnets/": 12,
    f"/subnets/?{THEN}": 13,
    MAP: 23,
    f"{MAP}?address=192.0.2.236": 34,
    f"{MAP}?{THEN}": 28,
    f"{MAP}map/": 8,
    f"{MAP}map/?{THEN}": 13,
    f"{MAP}notes/": 12,
    f"{MAP}report/": 17,
    ADDRESS: 21,
    f"{ADDRESS}?{THEN}": 27,
    "/addresses/192.0.2.240/": 16,
    "/findings/": 13,
    "/findings/?status=resolved": 10,
    "/rules/": 6,
    "/releases/": 6,
    "/clusters/": 8,
    "/clusters/gmc/": 16,
    "/clusters/gmc/org-acme/beta/": 15,
    "/changes/": 10,
    "/alerts/": 8,
    "/search/?q=ingress": 10,
    "/addresses/": 12,
    "/pools/": 12,
    "/claims/": 11,
    "/services/": 11,
    f"/services/?{THEN}": 11,
    "/plan/": 7,
    "/plan/divide/": 23,
    "/plan/address/": 15,
    "/plan/range/?cluster=beta": 22,
    "/plan/cluster/?name=zeta&organization=acme": 23,
    "/settings/": 14,
    "/settings/segments/": 10,
    "/settings/subnets/": 8,
    "/settings/clusters/": 10,
    "/settings/password/": 7,
}
OF_ADMINS = {
    "/settings/clusters/": 10,
    "/settings/clusters/gmc/remove/": 12,
    "/settings/tokens/": 8,
    "/settings/people/": 9,
    "/settings/audit/": 11,
    "/settings/running/": 16,
}
"""Those that only admins see, or see with more on them."""
