"""The fields of tasks and events, which share their custom fields, and of e-mails."""

TASK = """
WhoId reference -> Contact,Lead as Who
WhatId reference -> Account,Opportunity,Campaign as What
Subject string:255
ActivityDate date
Status picklist:40 ! = Not Started
Priority picklist:40 ! = Normal
IsHighPriority boolean ro
OwnerId reference ! d -> Group,User as Owner
Description textarea:32000
IsDeleted boolean ro
AccountId reference ro -> Account as Account
IsClosed boolean ro
IsArchived boolean ro
CallDurationInSeconds int
CallType picklist:40
CallDisposition string:255
CallObject string:255
ReminderDateTime datetime
IsReminderSet boolean
RecurrenceActivityId string:18 ro
IsRecurrence boolean
RecurrenceRegeneratedType picklist:40
TaskSubtype picklist:40 co closed = Task
CompletedDateTime datetime ro
Slasync_Key__c string:80 key
"""
EVENT = """
WhoId reference -> Contact,Lead as Who
WhatId reference -> Account,Opportunity,Campaign as What
Subject string:255
Location string:255
IsAllDayEvent boolean
ActivityDateTime datetime
ActivityDate date
DurationInMinutes int
StartDateTime datetime
EndDateTime datetime
EndDate date ro
Description textarea:32000
AccountId reference ro -> Account as Account
OwnerId reference ! d -> User as Owner
IsPrivate boolean
ShowAs picklist:40 = Busy
IsDeleted boolean ro
IsChild boolean ro
IsGroupEvent boolean ro
GroupEventType picklist:40 ro = 0
IsArchived boolean ro
IsRecurrence boolean
ReminderDateTime datetime
IsReminderSet boolean
EventSubtype picklist:40 co = Event
Slasync_Key__c string:80 key
"""
EMAIL_MESSAGE = """
ActivityId reference co -> Task as Activity
RelatedToId reference -> Account,Opportunity,Campaign as RelatedTo
Subject string:3000 co
TextBody textarea:32000 co
FromName string:1000 co
FromAddress email:1000 co
ToAddress string:4000 co
Incoming boolean co
Status picklist:40 co closed = 3
MessageDate datetime co
IsDeleted boolean ro
"""
