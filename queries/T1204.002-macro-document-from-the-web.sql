/*
name: A document with macros came from the web and was opened
id: 8312e7e0-e1ca-589d-acbd-0d37d755dcd9
description: >
  A document that may hold macros was downloaded from somewhere other than SharePoint, and an Office program
  opened it within an hour on the same device.
severity: high
tactics: [Execution]
techniques: [T1204.002]
tables: [DeviceFileEvents, DeviceProcessEvents]
expect: hit
*/
SELECT p.Timestamp, p.DeviceName, p.AccountName, f.FileName, f.SHA256, f.FileOriginUrl, f.FileOriginIP,
       p.FileName AS OpenedBy, p.ProcessCommandLine
FROM DeviceFileEvents AS f
JOIN DeviceProcessEvents AS p
  ON p.DeviceId = f.DeviceId
 AND p.Timestamp BETWEEN f.Timestamp AND f.Timestamp + INTERVAL '1 hour'
WHERE matches_regex(f.FileName, '(?i)\.(docm|dotm|xlsm|xltm|xlam|pptm)$')
  AND f.FileOriginUrl IS NOT NULL
  AND (parse_url(f.FileOriginUrl)->>'Host') NOT LIKE '%.sharepoint.com'
  AND lower(p.FileName) IN ('winword.exe', 'excel.exe', 'powerpnt.exe')
  AND strpos(p.ProcessCommandLine, f.FileName) > 0
ORDER BY p.Timestamp;
