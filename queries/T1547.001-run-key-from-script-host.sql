/*
name: A script host wrote a Run key into a user folder
id: 3b3bce37-d3f4-582a-9ed0-1aa2a1fe2200
description: >
  A Run or RunOnce value was written by a shell or script host and starts a program from a folder that users can
  write to. Installers write such values too, but not by PowerShell.
severity: high
tactics: [Persistence]
techniques: [T1547.001]
tables: [DeviceRegistryEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, InitiatingProcessAccountName, InitiatingProcessFileName, InitiatingProcessCommandLine,
       RegistryKey, RegistryValueName, RegistryValueData
FROM DeviceRegistryEvents
WHERE ActionType = 'RegistryValueSet'
  AND matches_regex(RegistryKey, '(?i)\\CurrentVersion\\(Run|RunOnce)$')
  AND matches_regex(RegistryValueData, '(?i)\\(AppData|Temp|Users\\Public|ProgramData)\\')
  AND lower(InitiatingProcessFileName) IN ('powershell.exe', 'pwsh.exe', 'cmd.exe', 'reg.exe', 'wscript.exe',
                                           'cscript.exe', 'mshta.exe', 'rundll32.exe')
ORDER BY Timestamp;
