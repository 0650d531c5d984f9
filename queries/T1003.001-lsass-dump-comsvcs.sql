/*
name: LSASS was dumped by way of comsvcs.dll
id: 2737ea07-1efb-5000-878b-78a6777556c0
description: >
  rundll32.exe called MiniDump of comsvcs.dll; the file it wrote is shown beside it. Other exports of comsvcs.dll
  are in proper use.
severity: high
tactics: [CredentialAccess]
techniques: [T1003.001]
tables: [DeviceProcessEvents, DeviceFileEvents]
expect: hit
*/
SELECT p.Timestamp, p.DeviceName, p.AccountName, p.InitiatingProcessFileName, p.ProcessCommandLine,
       f.FolderPath AS DumpFile, f.SHA256 AS DumpSHA256
FROM DeviceProcessEvents AS p
LEFT JOIN DeviceFileEvents AS f
  ON f.DeviceId = p.DeviceId
 AND f.InitiatingProcessId = p.ProcessId
 AND f.ActionType = 'FileCreated'
 AND f.Timestamp BETWEEN p.Timestamp AND p.Timestamp + INTERVAL '10 minutes'
WHERE has(p.ProcessCommandLine, 'comsvcs')
  AND matches_regex(p.ProcessCommandLine, '(?i)(MiniDump|#\+?0*24)\b')
ORDER BY p.Timestamp;
