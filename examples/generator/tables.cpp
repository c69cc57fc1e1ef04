// EmailEvents as the Defender portal exports it, and the two reports of historical search.
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/domain.hpp"
#include "mail.hpp"

namespace postern::example {
namespace {

std::string json(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string authentication(const Actor& actor) {
  if (actor.direction != "Inbound") return R"({"DKIM":"none","DMARC":"none"})";
  return fmt::format(R"({{"SPF":"{}","DKIM":"{}","DMARC":"{}","CompAuth":"{}"}})", actor.spf,
                     actor.dkim, actor.dmarc, actor.compauth);
}

std::string action(const Actor& actor) {
  if (actor.location == "Junk folder") return "Junked";
  if (actor.location == "Quarantine") return "Blocked";
  return "Delivered";
}

std::string domain_of(const std::string& address) {
  return std::string(domain_of_address(address));
}

std::string json_row(const Mail& mail) {
  const Actor& actor = *mail.actor;
  const bool v6 = mail.address.find(':') != std::string::npos;
  const std::string from = actor.header_from.empty() ? mail.sender : actor.header_from;
  return fmt::format(
      R"({{"Timestamp":"{}","NetworkMessageId":"{}","InternetMessageId":{},)"
      R"("SenderMailFromAddress":{},"SenderMailFromDomain":{},"SenderFromAddress":{},)"
      R"("SenderFromDomain":{},"SenderIPv4":{},"SenderIPv6":{},"RecipientEmailAddress":{},)"
      R"("Subject":{},"EmailDirection":"{}","DeliveryAction":"{}","DeliveryLocation":"{}",)"
      R"("AuthenticationDetails":{},"Connectors":{}}})",
      format_time(mail.time), mail.network_id, json(mail.message_id), json(mail.sender),
      json(domain_of(mail.sender)), json(from), json(domain_of(from)), json(v6 ? "" : mail.address),
      json(v6 ? mail.address : ""), json(mail.recipient), json(mail.subject), actor.direction,
      action(actor), actor.location, json(authentication(actor)), json(actor.connector));
}

std::string to_utf16(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    std::uint32_t c = length == 1 ? lead : lead & (0xffu >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      c = c << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3fu);
    }
    i += length;
    const auto unit = [&](std::uint32_t u) {
      out += static_cast<char>(u & 0xff);
      out += static_cast<char>(u >> 8 & 0xff);
    };
    if (c < 0x10000) {
      unit(c);
    } else {
      unit(0xd800 + ((c - 0x10000) >> 10));
      unit(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }
  return out;
}

const char* const extended_header =
    "date_time_utc,client_ip,client_hostname,server_ip,server_hostname,source_context,connector_id,"
    "source,event_id,internal_message_id,message_id,network_message_id,recipient_address,"
    "recipient_status,total_bytes,recipient_count,related_recipient_address,reference,"
    "message_subject,sender_address,return_path,message_info,directionality,tenant_id,"
    "original_client_ip,original_server_ip,custom_data\r\n";

struct Event {
  const char* source;
  const char* id;
};
// What happens to a message on its way in; the second is its arrival.
constexpr Event events[] = {
    {"SMTP", "HAREDIRECT"},    {"SMTP", "RECEIVE"},      {"AGENT", "AGENTINFO"},
    {"ROUTING", "RESOLVE"},    {"AGENT", "AGENTINFO"},   {"ROUTING", "TRANSFER"},
    {"SMTP", "SEND"},          {"AGENT", "AGENTINFO"},   {"STOREDRIVER", "SUBMITDEFER"},
    {"DNS", "DNSQUERY"},       {"SMTP", "SENDEXTERNAL"}, {"AGENT", "AGENTINFO"},
    {"ROUTING", "EXPAND"},     {"QUEUE", "DEFER"},       {"SMTP", "SENDX"},
    {"STOREDRIVER", "DELIVER"}};

std::string extended_row(const Mail& mail, const Event& event, std::uint64_t id) {
  const Actor& actor = *mail.actor;
  const std::string server = "AM0EUR02FT012";
  const bool junk = actor.location == "Junk folder";
  const std::string custom =
      fmt::format("S:SFA=SUM|SFV={}|H={}|CIP={}|CTRY=DE|LANG=en;S:AMA=SUM|v=0",
                  junk ? "SPM" : "NSPM", actor.helo, mail.address);
  return fmt::format(
      "{},10.13.174.7,{},10.13.174.9,{}.eop-EUR02.prod.protection.outlook.com,08DC,{},{},{},{},{},{"
      "},"
      "{},250 "
      "2.1.5,18214,1,,,{},{},{},00A,Incoming,7f2f3b0e-3c5b-4a51-9d38-2f2b4a1e7c11,{},,{}\r\n",
      format_time(mail.time), server, server,
      actor.connector.empty() ? server + "\\Default " + server : server + "\\" + actor.connector,
      event.source, event.id, id, csv(mail.message_id), mail.network_id, mail.recipient,
      csv(mail.subject), mail.sender, mail.sender.empty() ? "<>" : mail.sender, mail.address,
      csv(custom));
}

}  // namespace

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string email_events_header() {
  return "Timestamp,NetworkMessageId,InternetMessageId,SenderMailFromAddress,SenderFromAddress,"
         "SenderDisplayName,SenderObjectId,SenderMailFromDomain,SenderFromDomain,SenderIPv4,"
         "SenderIPv6,RecipientEmailAddress,RecipientObjectId,Subject,EmailClusterId,EmailDirection,"
         "DeliveryAction,DeliveryLocation,ThreatTypes,ThreatNames,DetectionMethods,ConfidenceLevel,"
         "BulkComplaintLevel,EmailAction,EmailActionPolicy,EmailActionPolicyGuid,"
         "AuthenticationDetails,AttachmentCount,UrlCount,EmailLanguage,Connectors,OrgLevelAction,"
         "OrgLevelPolicy,UserLevelAction,UserLevelPolicy,ReportId,AdditionalFields,"
         "LatestDeliveryLocation,LatestDeliveryAction\r\n";
}

std::string email_events_row(const Mail& mail, Random& random) {
  const Actor& actor = *mail.actor;
  const bool v6 = mail.address.find(':') != std::string::npos;
  const std::string from = actor.header_from.empty() ? mail.sender : actor.header_from;
  const std::string place = actor.location;
  return fmt::format(
      "{},{},{},{},{},,,{},{},{},{},{},,{},,{},{},{},,,,,,,,,{},{},{},en,{},,,,,{}-{},,{},{}\r\n",
      format_time(mail.time), mail.network_id, csv(mail.message_id), csv(mail.sender), csv(from),
      domain_of(mail.sender), domain_of(from), v6 ? "" : mail.address, v6 ? mail.address : "",
      mail.recipient, csv(mail.subject), actor.direction, action(actor), place,
      csv(authentication(actor)), random.below(3), random.below(4), csv(actor.connector),
      mail.network_id.substr(0, 8), random.below(100000), place, action(actor));
}

void write_email_events(const std::string& folder, const std::vector<Mail>& mail, Random& random) {
  const UnixTime lines_from = days_from_civil(2026, 10, 25) * 86400;
  const UnixTime array_from = days_from_civil(2026, 10, 29) * 86400;
  std::string table = email_events_header();
  std::string lines;
  std::string array;
  for (const Mail& each : mail) {
    if (each.actor->found != Found::events) continue;
    if (each.time < lines_from) {
      table += email_events_row(each, random);
    } else if (each.time < array_from) {
      lines += json_row(each) + "\n";
    } else {
      array += (array.empty() ? "\n" : ",\n") + json_row(each);
    }
  }
  write_file(folder + "/EmailEvents.csv", table);
  write_file(folder + "/EmailEvents-25-28.jsonl", lines);
  write_file(folder + "/EmailEvents-29-30.json",
             "{\"Stats\":{\"ExecutionTime\":0.4},\"Schema\":[{\"Name\":\"Timestamp\",\"Type\":"
             "\"DateTime\"}],\"Results\":[" +
                 array + "\n]}\n");
}

void write_historical(const std::string& folder, const std::vector<Mail>& mail, Random&) {
  std::string extended = extended_header;
  std::string summary =
      "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,"
      "network_message_id,original_client_ip,directionality,connector_id,delivery_priority\r\n";
  std::uint64_t id = 70000000;
  for (const Mail& each : mail) {
    if (each.actor->found == Found::extended) {
      ++id;
      for (const Event& event : events)
        extended += extended_row(each, event, id);
    } else if (each.actor->found == Found::summary) {
      summary +=
          fmt::format("{},{},{},{},20480,{},{},{},1,,Normal\r\n", format_time(each.time),
                      each.sender, csv(each.recipient + "##Receive, Deliver"), csv(each.subject),
                      csv(each.message_id), each.network_id, each.address);
    }
  }
  write_file(folder + "/HistoricalSearch-extended.csv", to_utf16(extended));
  write_file(folder + "/HistoricalSearch-summary.csv", to_utf16(summary));
}

void write_bulk_events(const std::string& path, std::uint64_t rows) {
  const std::vector<Actor> actors = make_actors();
  Random random(99);
  const std::vector<Mail> mail = make_mail(actors, random);
  // As in life: about one row in a hundred is own-domain mail without sign-in.
  std::vector<const Mail*> own;
  std::vector<const Mail*> rest;
  for (const Mail& each : mail) {
    if (each.actor->found != Found::events) continue;
    const bool concerned = !each.actor->truth.looks.empty();
    (concerned ? own : rest).push_back(&each);
  }
  std::ofstream file(path, std::ios::binary);
  std::string block = email_events_header();
  for (std::uint64_t row = 0; row < rows; ++row) {
    const auto& from = random.below(100) == 0 ? own : rest;
    Mail next = *from[random.below(from.size())];
    next.time += static_cast<UnixTime>(random.below(86400));
    const std::uint64_t number = random.next();
    next.network_id =
        fmt::format("{:08x}-a4a4-4b4b-8c8c-{:012x}", number >> 32, number & 0xffffffff);
    block += email_events_row(next, random);
    if (block.size() > 1 << 20) {
      file << block;
      block.clear();
    }
  }
  file << block;
}

void write_bulk_extended(const std::string& path, std::uint64_t rows) {
  const std::vector<Actor> actors = make_actors();
  Random random(98);
  const std::vector<Mail> mail = make_mail(actors, random);
  std::vector<const Mail*> inbound;
  for (const Mail& each : mail) {
    if (each.actor->direction == "Inbound") inbound.push_back(&each);
  }
  std::ofstream file(path, std::ios::binary);
  std::string block = extended_header;
  for (std::uint64_t row = 0; row < rows;) {
    const Mail& next = *inbound[random.below(inbound.size())];
    for (const Event& event : events) {
      block += extended_row(next, event, row);
      if (++row == rows) break;
    }
    if (block.size() > 1 << 20) {
      file << block;
      block.clear();
    }
  }
  file << block;
}

}  // namespace postern::example
