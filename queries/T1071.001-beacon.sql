/*
name: A program that reports home by the clock
id: 8228e837-441e-59bc-9409-5777b9524c14
description: >
  Twenty or more connections of one program to one public address, that no more than two devices know, with gaps
  that hardly differ.
severity: medium
tactics: [CommandAndControl]
techniques: [T1071.001]
tables: [DeviceNetworkEvents]
expect: hit
*/
WITH connections AS (
    SELECT DeviceId, DeviceName, InitiatingProcessFileName, InitiatingProcessSHA256, RemoteIP, RemoteUrl, Timestamp,
           date_part('epoch', Timestamp) - lag(date_part('epoch', Timestamp)) OVER (
               PARTITION BY DeviceId, InitiatingProcessSHA256, RemoteIP ORDER BY Timestamp) AS Gap
    FROM DeviceNetworkEvents
    WHERE ActionType = 'ConnectionSuccess' AND RemoteIPType = 'Public'
),
rare AS (
    SELECT RemoteIP FROM connections GROUP BY RemoteIP HAVING dcount(DeviceId) <= 2
)
SELECT DeviceName, InitiatingProcessFileName, InitiatingProcessSHA256, RemoteIP, max(RemoteUrl) AS RemoteUrl,
       count(*) AS Connections, round(avg(Gap), 1) AS MeanGapSeconds, round(stddev(Gap) / avg(Gap), 3) AS Spread,
       min(Timestamp) AS FirstSeen, max(Timestamp) AS LastSeen
FROM connections
WHERE RemoteIP IN (SELECT RemoteIP FROM rare)
GROUP BY DeviceId, DeviceName, InitiatingProcessFileName, InitiatingProcessSHA256, RemoteIP
HAVING count(*) >= 20 AND stddev(Gap) / avg(Gap) < 0.25
ORDER BY Connections DESC;
