// duckdb.mjs FORMAT FILE THREADS: the grouping of `postern impact`, as SQL, on the same file.
// Prints the number of groups and of messages in them.
import { DuckDBInstance } from "@duckdb/node-api";

const [format, file, threads] = process.argv.slice(2);
const source = `read_csv('${file.replaceAll("'", "''")}', header = true, all_varchar = true)`;
const own = "('contoso.com', 'fabrikam.com', 'adatum.com')";

const queries = {
  "email-events": `
    SELECT coalesce(SenderIPv4, SenderIPv6) AS client, count(*) AS messages,
           count(DISTINCT Timestamp[1:10]) AS days, min(Timestamp) AS first, max(Timestamp) AS last,
           approx_count_distinct(RecipientEmailAddress) AS recipients,
           approx_count_distinct(SenderMailFromAddress) AS senders,
           count(*) FILTER (AuthenticationDetails LIKE '%"SPF":"pass"%') AS spf_pass,
           count(*) FILTER (AuthenticationDetails LIKE '%"DKIM":"pass"%') AS dkim_pass,
           count(*) FILTER (AuthenticationDetails LIKE '%"DMARC":"pass"%') AS dmarc_pass,
           count(*) FILTER (DeliveryLocation = 'Inbox/folder') AS inbox,
           any_value(Subject) AS subject, any_value(InternetMessageId) AS message_id
    FROM ${source}
    WHERE EmailDirection = 'Inbound' AND lower(SenderMailFromDomain) IN ${own}
    GROUP BY client`,
  extended: `
    SELECT coalesce(original_client_ip, client_ip) AS client,
           count(DISTINCT network_message_id) AS messages,
           count(DISTINCT date_time_utc[1:10]) AS days,
           min(date_time_utc) AS first, max(date_time_utc) AS last,
           approx_count_distinct(recipient_address) AS recipients,
           approx_count_distinct(return_path) AS senders,
           any_value(message_subject) AS subject, any_value(message_id) AS message_id
    FROM ${source}
    WHERE event_id = 'RECEIVE' AND directionality = 'Incoming'
      AND lower(split_part(return_path, '@', 2)) IN ${own}
    GROUP BY client`,
};

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
await connection.run(`SET threads = ${Number(threads)}`);
const reader = await connection.runAndReadAll(queries[format]);
const rows = reader.getRows();
console.log(rows.length, rows.reduce((sum, row) => sum + Number(row[1]), 0));
