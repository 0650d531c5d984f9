/*
name: Encoded PowerShell that downloads
id: eee81595-814f-5e47-9057-fafd798bad19
description: >
  PowerShell was given an encoded command which, decoded, fetches something from the network. Encoded commands as
  such are common; what they say is not.
severity: high
tactics: [Execution, CommandAndControl]
techniques: [T1059.001, T1105]
tables: [DeviceProcessEvents]
expect: hit
*/
WITH encoded AS (
    SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, ProcessCommandLine,
           base64_decode_text(
               regexp_match(ProcessCommandLine, '(?i)\s-e[a-z]*\s+"?([a-z0-9+/]{20,}={0,2})')[1]) AS Script
    FROM DeviceProcessEvents
    WHERE lower(FileName) IN ('powershell.exe', 'pwsh.exe')
)
SELECT Timestamp, DeviceName, AccountName, InitiatingProcessFileName, Script, ProcessCommandLine
FROM encoded
WHERE has_any(Script, 'DownloadString', 'DownloadFile', 'DownloadData', 'WebRequest', 'WebClient', 'BitsTransfer')
ORDER BY Timestamp;
