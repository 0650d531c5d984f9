/*
name: A scheduled task that runs from a user folder
id: be816a2b-4127-50cb-8080-51763b95db25
description: >
  schtasks.exe made a task whose program lies where users can write.
severity: medium
tactics: [Persistence, Execution]
techniques: [T1053.005]
tables: [DeviceProcessEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, ProcessCommandLine
FROM DeviceProcessEvents
WHERE lower(FileName) = 'schtasks.exe'
  AND has(ProcessCommandLine, 'create')
  AND matches_regex(ProcessCommandLine, '(?i)/tr\s+\W{0,3}[^"]*\\(AppData|Temp|Users\\Public|ProgramData)\\')
ORDER BY Timestamp;
