"""The fields of permission sets and what they grant (see `schema.parsed`)."""

from slasync.sandbox.salesforce.tables_sales import SYSTEM

RIGHTS = (
    "ApiEnabled", "ViewSetup", "EditTask", "TransferAnyLead", "ModifyAllData", "ViewAllData",
    "AuthorApex", "CustomizeApplication", "ModifyMetadata", "ManageUsers", "ResetPasswords",
    "AssignPermissionSets", "ManageProfilesPermissionsets", "ManageSharing", "BulkApiHardDelete",
    "ViewEncryptedData", "ExportReport", "EditEvent", "RunReports", "EmailMass",
)  # fmt: skip
PERMISSION_SET = "\n".join(
    ["Name string:80 !", "Label string:80 !", "Description string:255",
     "ProfileId string:18 ro", "IsOwnedByProfile boolean ro"]
    + [f"Permissions{name} boolean" for name in RIGHTS]
    + [SYSTEM]
)  # fmt: skip
ASSIGNMENT = """
PermissionSetId reference ! co -> PermissionSet as PermissionSet
AssigneeId reference ! co -> User as Assignee
SystemModstamp datetime ! ro d
"""
FIELD_PERMISSIONS = """
ParentId reference ! co -> PermissionSet as Parent
SobjectType picklist:40 ! co
Field picklist:255 ! co
PermissionsRead boolean
PermissionsEdit boolean
SystemModstamp datetime ! ro d
"""
OBJECT_PERMISSIONS = """
ParentId reference ! co -> PermissionSet as Parent
SobjectType picklist:40 ! co
PermissionsCreate boolean
PermissionsRead boolean
PermissionsEdit boolean
PermissionsDelete boolean
PermissionsViewAllRecords boolean
PermissionsModifyAllRecords boolean
SystemModstamp datetime ! ro d
"""
