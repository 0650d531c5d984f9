/*
name: A program was fetched from a bare address
id: a53856e4-fe42-53f9-ae4a-f4e38ce5e75e
description: >
  An executable file whose origin is a URL with an address in the place of a name.
severity: high
tactics: [CommandAndControl]
techniques: [T1105]
tables: [DeviceFileEvents]
expect: hit
*/
SELECT Timestamp, DeviceName, InitiatingProcessFileName, FileName, FolderPath, SHA256, FileOriginUrl, FileOriginIP
FROM DeviceFileEvents
WHERE ActionType IN ('FileCreated', 'FileRenamed')
  AND matches_regex(FileOriginUrl, '^https?://\d{1,3}(\.\d{1,3}){3}[:/]')
  AND (AdditionalFields->>'FileType') = 'PortableExecutable'
ORDER BY Timestamp;
