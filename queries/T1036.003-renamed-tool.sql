/*
name: A known tool under another name
id: c82b0e36-466d-5546-abc3-6bff68b70288
description: >
  The version information says that the file is a remote-execution, transfer or archive tool; its name says
  otherwise.
severity: high
tactics: [DefenseEvasion]
techniques: [T1036.003]
tables: [DeviceProcessEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, AccountName, FileName, FolderPath, ProcessVersionInfoOriginalFileName,
       ProcessVersionInfoProductName, ProcessCommandLine, SHA256
FROM DeviceProcessEvents
WHERE (lower(ProcessVersionInfoOriginalFileName) = 'psexec.c'
       AND lower(FileName) NOT IN ('psexec.exe', 'psexec64.exe'))
   OR (lower(ProcessVersionInfoOriginalFileName) IN ('rclone.exe', '7z.exe', 'winrar.exe', 'rar.exe', 'procdump.exe')
       AND lower(FileName) <> lower(ProcessVersionInfoOriginalFileName))
ORDER BY Timestamp;
