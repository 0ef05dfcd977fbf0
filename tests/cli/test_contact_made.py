"""A lead that rings becomes an MQL: from a task logged in Salesforce to the hand-over."""

from tests.cli.desk import Desk

WAYS = "    any_of:\n"
WAY = "      - {name: rang, when: contact_made == 'call', trigger: every_change}\n"


def test_a_call_logged_as_inbound_hands_the_lead_over_with_its_evidence(new_desk: Desk) -> None:
    new_desk.change("config/agreement.yaml", WAYS, WAYS + WAY)
    org, rep = new_desk.town.salesforce, new_desk.town.users["ana"]
    lead = org.create("Lead", {"LastName": "Reed", "Company": "VU", "Email": "lou@x.example"}, rep)
    new_desk.slasync("sync", "--once")
    org.log_call(lead, rep, CallType="Outbound", minutes=9)
    new_desk.work()
    before = new_desk.slasync("explain", "lou@x.example").output
    org.log_call(lead, rep, CallType="Inbound", minutes=0)
    new_desk.work()
    after = new_desk.slasync("explain", "lou@x.example").output

    assert "handed over to sales" not in before
    assert "rang: contact_made == 'call' is not met now" in before
    assert "contact_made was 'call'" in after
    assert "handed over to sales" in after


def test_an_e_mail_that_the_lead_wrote_hands_it_over_and_one_that_it_got_does_not(
    new_desk: Desk,
) -> None:
    wrote = "      - {name: wrote, when: contact_made == 'email', trigger: every_change}\n"
    new_desk.change("config/agreement.yaml", WAYS, WAYS + wrote)
    org, rep = new_desk.town.salesforce, new_desk.town.users["ana"]
    lead = org.create("Lead", {"LastName": "Reed", "Company": "VU", "Email": "lou@x.example"}, rep)
    new_desk.slasync("sync", "--once")
    org.log_email(lead, rep, incoming=False)
    new_desk.work()
    before = new_desk.slasync("explain", "lou@x.example").output
    org.log_email(lead, rep, incoming=True)
    new_desk.work()
    after = new_desk.slasync("explain", "lou@x.example").output

    assert "handed over to sales" not in before
    assert "contact_made was 'email'" in after
    assert "handed over to sales" in after
