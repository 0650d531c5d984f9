/*
name: The security log was cleared
id: 801b88fa-48e4-5ec1-9831-6aaffb78199c
description: >
  wevtutil was told to clear a log, or the sensor saw the security log cleared. Exporting a log is something else.
severity: high
tactics: [DefenseEvasion]
techniques: [T1070.001]
tables: [DeviceProcessEvents, DeviceEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, ProcessCommandLine AS Evidence
FROM DeviceProcessEvents
WHERE lower(FileName) = 'wevtutil.exe' AND matches_regex(ProcessCommandLine, '(?i)\s(cl|clear-log)\s')
UNION ALL
SELECT Timestamp, DeviceName, InitiatingProcessAccountName, InitiatingProcessFileName, ActionType
FROM DeviceEvents
WHERE ActionType = 'SecurityLogCleared'
ORDER BY Timestamp;
