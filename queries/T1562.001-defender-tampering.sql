/*
name: Somebody tried to switch protection off
id: c8e5a889-aa99-51fd-8333-d38ebeebb4ad
description: >
  Set-MpPreference with a Disable switch, and the tampering attempts that the sensor itself reports.
severity: high
tactics: [DefenseEvasion]
techniques: [T1562.001]
tables: [DeviceProcessEvents, DeviceEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, ProcessCommandLine AS Evidence
FROM DeviceProcessEvents
WHERE has(ProcessCommandLine, 'Set-MpPreference') AND matches_regex(ProcessCommandLine, '(?i)-Disable\w+\s+(\$true|1)')
UNION ALL
SELECT Timestamp, DeviceName, InitiatingProcessAccountName, InitiatingProcessFileName,
       concat(RegistryKey, ' ', RegistryValueName, ' = ', RegistryValueData)
FROM DeviceEvents
WHERE ActionType = 'TamperingAttempt'
ORDER BY Timestamp;
