"""A scoring model to change in tests, written as an admin writes it."""

from tests.settings.configs import Configuration

AGREEMENT = "config/agreement.yaml"
HUBSPOT = "connectors/hubspot/connector.yaml"
NOTE = "    en: 40 points make a lead, 75 an MQL.\n"
CHECK = """\
  check:
    fit:
      points:
        - {name: decision_maker, when: "'Chief' in title", points: 30, about: authority}
        - {name: big, when: employees >= 200, points: 20, about: firmographic}
        - {name: private_address, when: "email_domain in ['gmail.com', 'gmx.de']", points: -20}
      cap: 50
    interest:
      half_life: 30 d
      events:
        - {name: pricing, when: "form in ['Pricing']", at: form_at, points: 30, half_life: 10 d}
        - {name: pages, per: pages_seen, points: 1}
        - {name: met, touch: [meeting], points: 15}
      cap: 60
    threshold: {total: 70, fit: 20}
    differs_by: 25
  immediate:
    - {name: asks_for_demo, when: "form == 'Demo request'", at: form_at, lasts: 2 d}
"""


def with_check(configuration: Configuration, check: str = CHECK) -> Configuration:
    """Give the shipped files a check, and the fields that it reads."""
    own = ("custom: {employees: {field: company_size, type: number},"
           " pages_seen: {field: hs_analytics_num_page_views, type: number}}")  # fmt: skip
    return configuration.change(HUBSPOT, "custom: {}", own).change(AGREEMENT, NOTE, NOTE + check)
