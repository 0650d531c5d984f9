/*
name: A sync tool sent data to a store that is not ours
id: f83a20f2-d92a-50eb-8927-f57320e45023
description: >
  rclone, by whatever name, connected five times or more to a host that is not the company's archive. The name
  inside the file does not change when the file is renamed.
severity: high
tactics: [Exfiltration]
techniques: [T1567.002]
tables: [DeviceNetworkEvents]
expect: hit
*/
SELECT DeviceName, InitiatingProcessFileName, InitiatingProcessSHA256, RemoteUrl, RemoteIP, count(*) AS Connections,
       min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen,
       arg_min(Timestamp, InitiatingProcessCommandLine) AS CommandLine
FROM DeviceNetworkEvents
WHERE lower(InitiatingProcessVersionInfoOriginalFileName) IN ('rclone.exe', 'megasync.exe', 'megacmd.exe')
  AND RemoteIPType = 'Public'
  AND RemoteUrl <> 'larkspurarchive.blob.core.windows.net'
GROUP BY DeviceId, DeviceName, InitiatingProcessFileName, InitiatingProcessSHA256, RemoteUrl, RemoteIP
HAVING count(*) >= 5
ORDER BY Connections DESC;
