/*
name: fodhelper.exe was made to start a program with high rights
id: c4a81b4c-a1c4-5769-a2db-48edbe957434
description: >
  The command of the ms-settings scheme was set for the user, and fodhelper.exe, which raises its rights without
  asking, started something within ten minutes.
severity: high
tactics: [PrivilegeEscalation, DefenseEvasion]
techniques: [T1548.002]
tables: [DeviceRegistryEvents, DeviceProcessEvents]
expect: hit
*/
SELECT p.Timestamp, p.DeviceName, p.AccountName, p.FileName, p.ProcessCommandLine, p.ProcessIntegrityLevel,
       r.RegistryKey, r.RegistryValueData, r.InitiatingProcessFileName AS SetBy
FROM DeviceRegistryEvents AS r
JOIN DeviceProcessEvents AS p
  ON p.DeviceId = r.DeviceId
 AND p.Timestamp BETWEEN r.Timestamp AND r.Timestamp + INTERVAL '10 minutes'
WHERE matches_regex(r.RegistryKey, '(?i)\\ms-settings\\shell\\open\\command$')
  AND lower(p.InitiatingProcessFileName) = 'fodhelper.exe'
  AND p.ProcessIntegrityLevel = 'High'
ORDER BY p.Timestamp;
