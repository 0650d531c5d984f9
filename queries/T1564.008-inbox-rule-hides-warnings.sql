/*
name: An inbox rule that hides warnings
id: 2f3dab94-83ba-5548-b7bc-bdc33139f6d9
description: >
  A new inbox rule that looks for words of warning and moves, reads or deletes what it finds. Rules for
  newsletters name a sender and no such words.
severity: high
tactics: [DefenseEvasion]
techniques: [T1564.008]
tables: [CloudAppEvents]
expect: hit
*/
SELECT Timestamp, AccountDisplayName, IPAddress, CountryCode, UserAgent, ObjectName,
       (RawEventData->>'UserId') AS UserId, (RawEventData->>'Parameters') AS Parameters
FROM CloudAppEvents
WHERE ActionType IN ('New-InboxRule', 'Set-InboxRule')
  AND has_any(RawEventData, 'SubjectOrBodyContainsWords', 'SubjectContainsWords', 'BodyContainsWords')
  AND has_any(RawEventData, 'invoice', 'payment', 'phish', 'security', 'hacked', 'fraud', 'password')
ORDER BY Timestamp;
