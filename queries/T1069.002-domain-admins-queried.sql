/*
name: A workstation asked who the Domain Admins are
id: c63aeac8-6875-5fb6-9930-20596b2c311f
description: >
  A SAMR query for a privileged group came from outside the administrators' network (10.20.2.0/24).
severity: medium
tactics: [Discovery]
techniques: [T1069.002]
tables: [IdentityQueryEvents]
expect: hit
*/
SELECT Timestamp, AccountUpn, DeviceName, IPAddress, QueryType, QueryTarget, DestinationDeviceName
FROM IdentityQueryEvents
WHERE ActionType = 'SAMR query'
  AND QueryTarget IN ('Domain Admins', 'Enterprise Admins', 'Schema Admins', 'Administrators')
  AND NOT ip_in_cidr(IPAddress, '10.20.2.0/24')
ORDER BY Timestamp;
