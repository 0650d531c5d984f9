/*
name: A privileged group has a new member
id: f07b9663-5459-5a6a-a076-17474f4a94ed
description: >
  Somebody was added to a group that rules the domain. The group stands under a key with a dot in
  AdditionalFields.
severity: high
tactics: [Persistence, PrivilegeEscalation]
techniques: [T1098]
tables: [IdentityDirectoryEvents]
expect: hit
*/
SELECT Timestamp, (AdditionalFields->>'TO.GROUP') AS GroupName, TargetAccountUpn, AccountUpn, DeviceName, IPAddress
FROM IdentityDirectoryEvents
WHERE ActionType = 'Group Membership changed'
  AND (AdditionalFields->>'TO.GROUP') IN ('Domain Admins', 'Enterprise Admins', 'Schema Admins', 'Administrators',
                                          'Backup Operators', 'Account Operators')
ORDER BY Timestamp;
