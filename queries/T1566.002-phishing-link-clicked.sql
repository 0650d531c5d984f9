/*
name: A link in an unauthenticated first mail was clicked
id: 843929d5-7a24-5fd1-94d2-691fe377853a
description: >
  Mails that were delivered although DMARC failed, from a sender who never wrote to the recipient before, whose
  link the recipient then opened.
severity: high
tactics: [InitialAccess]
techniques: [T1566.002]
tables: [UrlClickEvents, EmailEvents]
expect: hit
*/
SELECT c.Timestamp, c.AccountUpn, c.Url, c.IPAddress, e.Timestamp AS Delivered, e.SenderFromAddress, e.SenderIPv4,
       e.Subject, e.NetworkMessageId
FROM UrlClickEvents AS c
JOIN EmailEvents AS e ON e.NetworkMessageId = c.NetworkMessageId AND e.RecipientEmailAddress = c.AccountUpn
WHERE c.ActionType = 'ClickAllowed'
  AND e.DeliveryAction = 'Delivered'
  AND e.IsFirstContact
  AND (e.AuthenticationDetails->>'DMARC') = 'fail'
ORDER BY c.Timestamp;
