/*
name: Files were packed with a password
id: 3049f68b-9665-5a0d-a098-77f00b399da6
description: >
  An archive tool was given a password on the command line. Backups here have none.
severity: medium
tactics: [Collection]
techniques: [T1560.001]
tables: [DeviceProcessEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, InitiatingProcessParentFileName,
       ProcessCommandLine
FROM DeviceProcessEvents
WHERE lower(ProcessVersionInfoOriginalFileName) IN ('7z.exe', '7za.exe', 'rar.exe', 'winrar.exe')
  AND matches_regex(ProcessCommandLine, '(?i)\sa\s.*\s-h?p[^\s"]+')
ORDER BY Timestamp;
