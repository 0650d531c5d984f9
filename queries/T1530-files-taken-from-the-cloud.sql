/*
name: Many files were read from outside
id: 256f88cd-e4a8-519d-85d5-5db429e40c7f
description: >
  One account downloaded fifteen or more different files in a day from one address that is not the company's
  (192.0.2.0/24).
severity: high
tactics: [Collection]
techniques: [T1530]
tables: [CloudAppEvents]
expect: hit
*/
SELECT bin(Timestamp, '1d') AS Day, AccountDisplayName, IPAddress, ISP, dcount(ObjectName) AS Files,
       min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen,
       sum(CAST((RawEventData->>'FileSizeBytes') AS BIGINT)) AS Bytes
FROM CloudAppEvents
WHERE ActionType = 'FileDownloaded'
  AND NOT ip_in_cidr(IPAddress, '192.0.2.0/24')
GROUP BY bin(Timestamp, '1d'), AccountObjectId, AccountDisplayName, IPAddress, ISP
HAVING dcount(ObjectName) >= 15
ORDER BY Files DESC;
