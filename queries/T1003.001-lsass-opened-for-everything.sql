/*
name: LSASS was opened with all rights
id: 86a0da0b-af75-5b04-a31c-449c3ac76376
description: >
  A process other than the security products opened lsass.exe with the right to read its memory and more. The
  access mask is in AdditionalFields.
severity: high
tactics: [CredentialAccess]
techniques: [T1003.001]
tables: [DeviceEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, InitiatingProcessAccountName, InitiatingProcessFileName, InitiatingProcessCommandLine,
       (AdditionalFields->>'DesiredAccess') AS DesiredAccess
FROM DeviceEvents
WHERE ActionType = 'OpenProcessApiCall'
  AND lower(FileName) = 'lsass.exe'
  AND CAST((AdditionalFields->>'DesiredAccess') AS BIGINT) & 2035711 = 2035711
  AND lower(InitiatingProcessFileName) NOT IN ('msmpeng.exe', 'mssense.exe', 'senseir.exe')
ORDER BY Timestamp;
