/*
name: "PsExec service copied from outside the administrators' network"
id: 9bc4625f-e800-5482-9fd8-532c2d61cd79
description: >
  The PsExec service was written to a server's ADMIN$ share from an address outside the administrators' network
  (10.20.2.0/24).
severity: high
tactics: [LateralMovement]
techniques: [T1021.002, T1569.002]
tables: [DeviceFileEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, FileName, FolderPath, SHA256, ShareName, RequestSourceIP, RequestAccountName
FROM DeviceFileEvents
WHERE lower(FileName) = 'psexesvc.exe'
  AND RequestProtocol = 'Smb'
  AND NOT ip_in_cidr(RequestSourceIP, '10.20.2.0/24')
ORDER BY Timestamp;
