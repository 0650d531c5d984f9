/*
name: One shell asked who and where it is, many times
id: 500b656e-de1e-53bb-b469-93f147f2e900
description: >
  One process started four or more different discovery tools. A person at a prompt uses one or two.
severity: medium
tactics: [Discovery]
techniques: [T1033, T1016, T1082, T1482, T1087.002]
tables: [DeviceProcessEvents]
expect: hit
*/
SELECT min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen, DeviceName, AccountName, InitiatingProcessFileName,
       InitiatingProcessId, dcount(FileName) AS Tools, make_set(ProcessCommandLine) AS Commands
FROM DeviceProcessEvents
WHERE lower(FileName) IN ('whoami.exe', 'systeminfo.exe', 'ipconfig.exe', 'nltest.exe', 'net.exe', 'net1.exe',
                          'tasklist.exe', 'quser.exe', 'hostname.exe', 'arp.exe', 'route.exe', 'netstat.exe')
GROUP BY DeviceId, DeviceName, AccountName, InitiatingProcessFileName, InitiatingProcessId,
         InitiatingProcessCreationTime
HAVING dcount(FileName) >= 4
ORDER BY FirstSeen;
