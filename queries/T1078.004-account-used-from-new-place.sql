/*
name: A cloud account was used from a new place
id: 7e9d62df-1df8-52f6-9ff8-5992f4e6b2b5
description: >
  A successful cloud logon whose address, provider and country are all uncommon for the user, by the service's own
  judgement.
severity: medium
tactics: [InitialAccess, DefenseEvasion]
techniques: [T1078.004]
tables: [IdentityLogonEvents]
expect: hit
*/
SELECT Timestamp, AccountUpn, IPAddress, Location, ISP, OSPlatform, UncommonForUser
FROM IdentityLogonEvents
WHERE ActionType = 'LogonSuccess'
  AND Application = 'Microsoft 365'
  AND has_all(UncommonForUser, 'IPAddress', 'ISP', 'CountryCode')
ORDER BY Timestamp;
