/*
name: A domain account was made on the command line
id: dcffbed9-b66d-5983-a69f-b576be727e6f
description: >
  net user … /add /domain: administrators of this company use the console for it.
severity: medium
tactics: [Persistence]
techniques: [T1136.002]
tables: [DeviceProcessEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, InitiatingProcessParentFileName,
       ProcessCommandLine
FROM DeviceProcessEvents
WHERE lower(FileName) IN ('net.exe', 'net1.exe')
  AND has_all(ProcessCommandLine, 'user', 'add', 'domain')
ORDER BY Timestamp;
