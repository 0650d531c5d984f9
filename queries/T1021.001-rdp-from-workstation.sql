/*
name: Remote desktop to a server from a workstation
id: 93baa677-6cc5-559a-b065-ef6cec33a166
description: >
  A remote desktop logon came from a private address outside the administrators' network (10.20.2.0/24). Failures
  of the same account from there in the quarter of an hour before are counted.
severity: high
tactics: [LateralMovement]
techniques: [T1021.001]
tables: [DeviceLogonEvents]
expect: hit
*/
SELECT s.Timestamp, s.DeviceName, s.AccountName, s.RemoteIP, s.RemoteDeviceName, s.IsLocalAdmin,
       count(f.Timestamp) AS FailuresBefore
FROM DeviceLogonEvents AS s
LEFT JOIN DeviceLogonEvents AS f
  ON f.DeviceId = s.DeviceId
 AND f.AccountName = s.AccountName
 AND f.RemoteIP = s.RemoteIP
 AND f.ActionType = 'LogonFailed'
 AND f.Timestamp BETWEEN s.Timestamp - INTERVAL '15 minutes' AND s.Timestamp
WHERE s.ActionType = 'LogonSuccess'
  AND s.LogonType = 'RemoteInteractive'
  AND ip_is_private(s.RemoteIP)
  AND NOT ip_in_cidr(s.RemoteIP, '10.20.2.0/24')
GROUP BY s.Timestamp, s.DeviceName, s.AccountName, s.RemoteIP, s.RemoteDeviceName, s.IsLocalAdmin
ORDER BY s.Timestamp;
