/*
name: A process was started over WMI from another machine
id: f13e82b6-24d1-5750-bd73-3904f87e543f
description: >
  WMI was asked by another machine, outside the administrators' network (10.20.2.0/24), to start a process.
severity: high
tactics: [Execution, LateralMovement]
techniques: [T1047]
tables: [DeviceEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, FileName, ProcessCommandLine, RemoteIP,
       (AdditionalFields->>'ClientMachine') AS ClientMachine
FROM DeviceEvents
WHERE ActionType = 'ProcessCreatedUsingWmiQuery'
  AND (AdditionalFields->>'IsRemoteMachine') = 'true'
  AND NOT ip_in_cidr(RemoteIP, '10.20.2.0/24')
ORDER BY Timestamp;
