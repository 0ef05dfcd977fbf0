"""The standard activity types: number, name, and what a row of each may tell.

Only types whose attributes are known here list them; of the others the name alone is told.
Guessed: the attribute names of types 13, 22, 32, 46 and 110.
"""

from dataclasses import dataclass

from slasync.sandbox.marketo.failures import Json

VISIT, FORM, NEW_LEAD, CHANGE_VALUE, CHANGE_SCORE = 1, 2, 12, 13, 22
ADD_TO_LIST, REMOVE_FROM_LIST, MERGE, DELETE = 24, 25, 32, 37
MOMENT, REQUEST_CAMPAIGN, CALL_WEBHOOK = 46, 47, 110
PURGED_EARLY = frozenset({1, 3, 6, 7, 10, 11})  # so many of them that they are kept 90 days

Attribute = tuple[str, str]  # name, data type


@dataclass(frozen=True, slots=True)
class ActivityType:
    """One type. `primary` is the attribute that has members of its own in a row."""

    id: int
    name: str
    primary: Attribute | None = None
    attributes: tuple[Attribute, ...] = ()

    def json(self) -> Json:
        shown: Json = {"id": self.id, "name": self.name, "description": self.name}
        if self.primary:
            shown["primaryAttribute"] = _attribute(self.primary)
        return shown | {"attributes": [_attribute(each) for each in self.attributes]}


def _attribute(attribute: Attribute) -> Json:
    return {"name": attribute[0], "dataType": attribute[1]}


def _texts(*names: str) -> tuple[Attribute, ...]:
    return tuple((name, "string") for name in names)


_VISITOR = _texts("Client IP Address", "Query Parameters", "Referrer URL", "User Agent")
_API = _texts("API Method Name", "Modifying User", "Request Id")
_TOLD = (
    ActivityType(
        1, "Visit Webpage", ("Webpage ID", "integer"), (*_VISITOR, *_texts("Webpage URL"))
    ),
    ActivityType(
        2,
        "Fill Out Form",
        ("Webform ID", "integer"),
        (*_VISITOR, ("Form Fields", "text"), ("Webpage ID", "integer")),
    ),
    ActivityType(12, "New Lead", None, (*_texts("Source Type", "Lead Source", "Form Name"), *_API)),
    ActivityType(
        13,
        "Change Data Value",
        ("Attribute Name", "string"),
        (*_texts("New Value", "Old Value", "Reason", "Source"), *_API),
    ),
    ActivityType(
        22,
        "Change Score",
        ("Score Name", "string"),
        (
            ("Change Value", "score"),
            ("New Value", "score"),
            ("Old Value", "score"),
            *_texts("Reason"),
        ),
    ),
    ActivityType(24, "Add to List", ("List ID", "integer"), _texts("Source")),
    ActivityType(25, "Remove from List", ("List ID", "integer"), _texts("Source")),
    ActivityType(
        32,
        "Merge Leads",
        ("Lead ID", "integer"),
        (("Master Updated", "boolean"), *_texts("Merge Fields", "Merge IDs", "Merge Source")),
    ),
    ActivityType(37, "Delete Lead", ("Lead ID", "integer"), ()),
    ActivityType(
        46,
        "Interesting Moment",
        ("Milestone", "string"),
        (*_texts("Description", "Source"), ("Date", "datetime")),
    ),
    ActivityType(47, "Request Campaign", ("Campaign ID", "integer"), _texts("Source")),
    ActivityType(110, "Call Webhook", ("Webhook", "integer"), _texts("Error Type", "Response")),
)
_OTHERS = {
    3: "Click Link", 6: "Send Email", 7: "Email Delivered", 8: "Email Bounced",
    9: "Unsubscribe Email", 10: "Open Email", 11: "Click Email", 21: "Convert Lead",
    27: "Email Bounced Soft", 34: "Add to Opportunity", 35: "Remove from Opportunity",
    36: "Update Opportunity", 38: "Send Alert", 39: "Send Sales Email", 40: "Open Sales Email",
    41: "Click Sales Email", 45: "Receive Sales Email", 48: "Sales Email Bounced",
    100: "Change Lead Partition", 101: "Change Revenue Stage", 104: "Change Status in Progression",
    113: "Add to Nurture", 114: "Change Nurture Track", 115: "Change Nurture Cadence",
    145: "Push Lead to Marketo",
}  # fmt: skip
TYPES = {
    each.id: each
    for each in sorted(
        (*_TOLD, *(ActivityType(number, name) for number, name in _OTHERS.items())),
        key=lambda each: each.id,
    )
}
