/*
name: Guessed passwords, then a logon
id: 8e1e9f0f-1647-5fa7-9d42-e85829656d60
description: >
  An administrator failed to log on to a server twice or more from one address and then succeeded from there
  within ten minutes.
severity: medium
tactics: [CredentialAccess]
techniques: [T1110.001]
tables: [DeviceLogonEvents]
expect: hit
*/
SELECT s.Timestamp, s.DeviceName, s.AccountName, s.LogonType, s.RemoteIP, s.RemoteDeviceName,
       count(*) AS Failures, min(f.Timestamp) AS FirstFailure
FROM DeviceLogonEvents AS s
JOIN DeviceLogonEvents AS f
  ON f.DeviceId = s.DeviceId
 AND f.AccountName = s.AccountName
 AND f.RemoteIP = s.RemoteIP
 AND f.LogonType = s.LogonType
 AND f.Timestamp BETWEEN s.Timestamp - INTERVAL '10 minutes' AND s.Timestamp
WHERE s.ActionType = 'LogonSuccess'
  AND f.ActionType = 'LogonFailed'
  AND s.IsLocalAdmin
  AND s.RemoteIP <> ''
GROUP BY s.Timestamp, s.DeviceName, s.AccountName, s.LogonType, s.RemoteIP, s.RemoteDeviceName
HAVING count(*) >= 2
ORDER BY s.Timestamp;
