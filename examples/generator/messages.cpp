// Received mail: single messages, an mbox and a Maildir, with the headers Exchange Online adds.
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "mail.hpp"

namespace postern::example {
namespace {

std::string mail_date(UnixTime t) {
  static const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  static const char* const weekdays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  const std::string iso = format_time(t);
  const int month = (iso[5] - '0') * 10 + (iso[6] - '0');
  return fmt::format("{}, {} {} {} {} +0000", weekdays[day_of(t) % 7], iso.substr(8, 2),
                     months[month - 1], iso.substr(0, 4), iso.substr(11, 8));
}

std::string message(const Mail& mail) {
  const Actor& a = *mail.actor;
  const bool junk = a.location == "Junk folder";
  const std::string reverse = a.reverse_name.empty() ? "InfoDomainNonexistent" : a.reverse_name;
  std::string out;
  const auto line = [&](const std::string& text) { out += text + "\n"; };
  line(fmt::format(
      "Received: from {} ({}) by AM0EUR02FT012.mail.protection.outlook.com (10.13.174.7)\n"
      " with Microsoft SMTP Server (version=TLS1_2,\n"
      " cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.8000.21; {}",
      a.helo, mail.address, mail_date(mail.time)));
  line(fmt::format(
      "Authentication-Results: spf={} (sender IP is {})\n"
      " smtp.mailfrom=adatum.com; dkim={} (message not signed) header.d=none;dmarc={}\n"
      " action=none header.from=adatum.com;compauth={} reason={}",
      a.spf, mail.address, a.dkim, a.dmarc, a.compauth, a.compauth == "fail" ? "601" : "405"));
  line("Return-Path: " + mail.sender);
  line("X-MS-Exchange-Organization-AuthAs: Anonymous");
  line("X-MS-Exchange-Organization-MessageDirectionality: Incoming");
  line("X-MS-Exchange-Organization-IsAnonymousDirectSend: True");
  line("X-MS-Exchange-Organization-OriginalClientIPAddress: " + mail.address);
  line("X-MS-Exchange-CrossTenant-FromEntityHeader: Internet");
  line(fmt::format(
      "X-Forefront-Antispam-Report: CIP:{};CTRY:DE;LANG:en;SCL:{};SRV:;IPV:NLI;SFV:{};\n"
      " H:{};PTR:{};CAT:{};DIR:INB;",
      mail.address, junk ? 5 : 1, junk ? "SPM" : "NSPM", a.helo, reverse, junk ? "SPOOF" : "NONE"));
  line("From: " + mail.sender);
  line("To: " + mail.recipient);
  line("Subject: " + mail.subject);
  line("Message-ID: " + mail.message_id);
  line("Date: " + mail_date(mail.time));
  line("MIME-Version: 1.0");
  line("Content-Type: text/plain; charset=utf-8");
  line("");
  line("See the attachment.");
  return out;
}

}  // namespace

void write_messages(const std::string& folder, const std::vector<Mail>& mail) {
  const std::string maildir = folder + "/Maildir";
  for (const char* part : {"/cur", "/new", "/tmp"}) {
    std::filesystem::create_directories(maildir + part);
    // Git keeps no empty folders.
    write_file(maildir + part + "/.keep", "");
  }
  std::filesystem::create_directories(folder + "/mail");
  std::string mbox;
  int number = 0;
  for (const Mail& each : mail) {
    if (each.actor->found != Found::mail) continue;
    const std::string text = message(each);
    switch (number++ % 3) {
      case 0:
        write_file(fmt::format("{}/mail/{:03}.eml", folder, number), text);
        break;
      case 1:
        mbox += "From MAILER-DAEMON Thu Oct 01 00:00:00 2026\n" + text + "\n";
        break;
      default:
        write_file(fmt::format("{}/{}/{}.M{}P1.mail{}", maildir, number % 2 == 0 ? "new" : "cur",
                               each.time, number, number % 2 == 0 ? "" : ":2,S"),
                   text);
        break;
    }
  }
  write_file(folder + "/archive.mbox", mbox);
}

}  // namespace postern::example
