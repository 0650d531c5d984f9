/*
name: An Office program started a shell or script host
id: f7b82c8a-8c55-50ea-a6d6-08cb46551509
description: >
  Word, Excel, PowerPoint or Outlook started a shell, a script host or a program that is often abused as one. The
  finance department's rate sheet does so on purpose and is left out.
severity: high
tactics: [Execution]
techniques: [T1204.002, T1059]
tables: [DeviceProcessEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, InitiatingProcessCommandLine, FileName,
       ProcessCommandLine, SHA256, ReportId
FROM DeviceProcessEvents
WHERE lower(InitiatingProcessFileName) IN ('winword.exe', 'excel.exe', 'powerpnt.exe', 'outlook.exe')
  AND lower(FileName) IN ('cmd.exe', 'powershell.exe', 'pwsh.exe', 'wscript.exe', 'cscript.exe', 'mshta.exe',
                          'rundll32.exe', 'regsvr32.exe', 'bitsadmin.exe', 'certutil.exe', 'msbuild.exe')
  AND strpos(ProcessCommandLine, '\\srv-file01\Finance\Tools\') = 0
ORDER BY Timestamp;
