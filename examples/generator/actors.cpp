#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "mail.hpp"

namespace postern::example {
namespace {

const std::vector<std::string> people = {
    "ann@contoso.com",   "bob@contoso.com",    "carla@contoso.com",  "dmitri@contoso.com",
    "eva@contoso.com",   "farid@contoso.com",  "grete@contoso.com",  "hiro@contoso.com",
    "ines@fabrikam.com", "jonas@fabrikam.com", "karin@fabrikam.com", "zoë@contoso.com",
};
const std::vector<std::string> finance = {"carla@contoso.com", "eva@contoso.com",
                                          "grete@contoso.com"};
const std::vector<std::string> adatum_people = {"lena@adatum.com", "marc@adatum.com"};

Actor actor(std::string name, std::vector<std::string> addresses, std::vector<std::string> senders,
            std::vector<std::string> recipients, std::vector<std::string> subjects) {
  Actor out;
  out.name = std::move(name);
  out.addresses = std::move(addresses);
  out.senders = std::move(senders);
  out.recipients = std::move(recipients);
  out.subjects = std::move(subjects);
  return out;
}

void fails_everything(Actor& a) {
  a.spf = "fail";
  a.dkim = "none";
  a.dmarc = "fail";
  a.compauth = "fail";
}

void add_devices_and_applications(std::vector<Actor>& actors) {
  Actor scanner = actor("HQ scanner", {"203.0.113.10"}, {"scanner@contoso.com"}, people,
                        {"Scan from HQ-3F-MFP", "Scanned document (3 pages)"});
  scanner.spf = "fail";
  scanner.dmarc = "fail";
  scanner.per_day = 6;
  scanner.weekdays_only = true;
  scanner.truth = {"legitimate", "device or application", "reject"};
  actors.push_back(scanner);

  Actor erp = actor("ERP", {"203.0.113.25"}, {"orders@contoso.com", "invoices@contoso.com"}, people,
                    {"Order 40817 confirmed", "Invoice 2026-1104, due in 30 days"});
  erp.dmarc = "pass";
  erp.compauth = "pass";
  erp.per_day = 8;
  erp.truth = {"legitimate", "device or application", "reject"};
  actors.push_back(erp);

  Actor backup = actor("Backup appliance", {"2001:db8:20::5"}, {"backup@contoso.com"},
                       {"admins@contoso.com"}, {"Backup finished: 0 errors"});
  backup.spf = "softfail";
  backup.dmarc = "fail";
  backup.truth = {"legitimate", "device or application", "reject"};
  actors.push_back(backup);

  Actor branch = actor("Branch copier", {"203.0.113.80"}, {"copier@contoso.com"}, people,
                       {"Scan to mail", "Scan, 2 pages,\r\nduplex"});
  branch.found = Found::extended;
  branch.weekdays_only = true;
  branch.per_day = 2;
  branch.truth = {"legitimate", "device or application", "reject"};
  actors.push_back(branch);

  Actor payroll = actor("Payroll", {"203.0.113.99"}, {"payroll@contoso.com"}, people,
                        {"Your payslip is ready"});
  payroll.found = Found::summary;
  payroll.first_day = 3;
  payroll.last_day = 26;
  payroll.truth = {"legitimate", "device or application", "undetermined"};
  actors.push_back(payroll);

  Actor fax = actor("Adatum fax server", {"203.0.113.120"}, {"fax@adatum.com"}, adatum_people,
                    {"Fax from +49 30 5550100"});
  fax.found = Found::mail;
  fax.spf = "fail";
  fax.first_day = 2;
  fax.last_day = 24;
  fax.reverse_name = "fax.adatum.com";
  fax.helo = "fax.adatum.com";
  fax.weekdays_only = true;
  fax.truth = {"legitimate", "device or application", "reject"};
  actors.push_back(fax);
}

void add_services(std::vector<Actor>& actors) {
  Actor crm =
      actor("CRM online", {}, {"crm@contoso.com"}, people,
            {"A new lead was assigned to you", "=HYPERLINK(\"https://crm.example\",\"Lead\")"});
  for (int i = 0; i < 6; ++i)
    crm.addresses.push_back(fmt::format("198.51.100.{}", 20 + i));
  crm.dkim = crm.dmarc = crm.compauth = "pass";
  crm.message_id_domain = "eu44.sfdc.salesforce.com";
  crm.per_day = 5;
  crm.truth = {"legitimate", "online service", "reject"};
  actors.push_back(crm);

  Actor help = actor("Help desk online", {"198.51.100.40", "198.51.100.41"},
                     {"bounce-71@mail.helpdesk.example"}, people, {"[Ticket 8812] Re: VPN"});
  help.header_from = "help@contoso.com";
  help.dkim = help.dmarc = help.compauth = "pass";
  help.per_day = 3;
  actors.push_back(help);

  Actor news = actor("Newsletter", {"198.51.100.70", "198.51.100.71"}, {"news@fabrikam.com"},
                     people, {"Fabrikam in October"});
  news.connector = "Newsletter";
  news.message_id_domain = "mail.newsletter.example";
  news.per_day = 2;
  news.truth = {"legitimate", "covered", "accept"};
  actors.push_back(news);

  Actor acs = actor("Azure Communication Services", {"198.51.100.200"}, {"noreply@contoso.com"},
                    people, {"Your sign-in code"});
  acs.dmarc = acs.compauth = "pass";
  acs.message_id_domain = "donotreply.azurecomm.net";
  // Whether Exchange exempts them hangs on a choice (docs/choices.md).
  // No signer is named in this evidence, and a Message-ID proves nothing.
  acs.truth = {"legitimate", "online service", "reject"};
  actors.push_back(acs);

  Actor club = actor("Forwarder without SRS", {"198.51.100.140"},
                     {"ann@contoso.com", "bob@contoso.com", "hiro@contoso.com", "eva@contoso.com"},
                     people, {"Re: Saturday", "Minutes of the meeting"});
  club.spf = "fail";
  club.dkim = club.dmarc = club.compauth = "pass";
  club.message_id_domain = "DB9PR04MB8461.eurprd04.prod.outlook.com";
  club.truth = {"legitimate", "forwarder", "reject"};
  actors.push_back(club);

  Actor srs = actor("Forwarder with SRS", {"198.51.100.150"},
                    {"SRS0=x1y2=AB=contoso.com=ann@forwarder.example"}, people, {"Re: Saturday"});
  srs.header_from = "ann@contoso.com";
  srs.dkim = srs.dmarc = "pass";
  actors.push_back(srs);
}

void add_everyday(std::vector<Actor>& actors) {
  Actor hybrid = actor("Hybrid server", {"203.0.113.5"}, {"carla@contoso.com", "farid@contoso.com"},
                       people, {"Budget draft"});
  hybrid.direction = "Intra-org";
  hybrid.connector = "Inbound from on-premises";
  hybrid.per_day = 3;
  hybrid.truth = {"legitimate", "covered", "accept"};
  actors.push_back(hybrid);

  Actor internal =
      actor("Colleagues", {""}, people, people, {"Lunch?", "Re: Budget draft", "日程"});
  internal.direction = "Intra-org";
  internal.per_day = 12;
  actors.push_back(internal);

  Actor outbound = actor("Outbound", {""}, people, {"buyer@customer.example"}, {"Our offer"});
  outbound.direction = "Outbound";
  outbound.per_day = 5;
  actors.push_back(outbound);

  Actor internet = actor("Internet mail", {}, {}, people,
                         {"Re: your offer", "Meeting on Tuesday", "Newsletter \"October\", no. 10",
                          "\x1b[2J\x1b[31mYou won\x07", "invoice\xe2\x80\xaegpj.exe", "🎉 Sale"});
  for (int i = 1; i < 60; ++i) {
    internet.addresses.push_back(fmt::format("192.0.2.{}", 2 + i));
    internet.senders.push_back(fmt::format("sender{}@partner{}.example", i, i % 17));
  }
  internet.dkim = internet.dmarc = internet.compauth = "pass";
  internet.per_day = 36;
  actors.push_back(internet);

  Actor bounces = actor("Bounces", {"192.0.2.90", "192.0.2.91"}, {""}, people,
                        {"Undelivered Mail Returned to Sender"});
  bounces.per_day = 2;
  bounces.spf = "none";
  actors.push_back(bounces);

  Actor subdomain = actor("Bounce subdomain", {"198.51.100.160"}, {"b-17@bounce.contoso.com"},
                          people, {"Your parcel"});
  subdomain.header_from = "shop@contoso.com";
  subdomain.dkim = subdomain.dmarc = "pass";
  actors.push_back(subdomain);
}

void add_attacks(std::vector<Actor>& actors) {
  const std::vector<std::string> lure_sources = {"192.0.2.111", "192.0.2.187", "198.51.100.231",
                                                 "203.0.113.214"};
  for (std::size_t i = 0; i < lure_sources.size(); ++i) {
    Actor lure = actor(fmt::format("Missed-fax lure {}", i + 1), {lure_sources[i]}, people, people,
                       {"New missed fax message", "Voicemail (0:42) for you"});
    fails_everything(lure);
    lure.location = i % 2 == 0 ? "Junk folder" : "Quarantine";
    lure.to_self = true;
    lure.first_day = 12;
    lure.last_day = 13;
    lure.per_day = 11;
    lure.truth = {"forged", "attack", "reject"};
    actors.push_back(lure);
  }
  Actor chief = actor("Colleague spoof", {"192.0.2.150"}, {"ceo@contoso.com"}, finance,
                      {"Urgent wire transfer"});
  fails_everything(chief);
  chief.location = "Quarantine";
  chief.first_day = chief.last_day = 21;
  chief.per_day = 6;
  chief.truth = {"forged", "attack", "reject"};
  actors.push_back(chief);

  Actor bracketed = actor("Bracketed HELO", {"192.0.2.240"}, {people.begin(), people.begin() + 9},
                          people, {"Document shared with you"});
  bracketed.found = Found::extended;
  bracketed.helo = "[127.0.0.1]";
  bracketed.location = "Junk folder";
  bracketed.first_day = bracketed.last_day = 16;
  bracketed.per_day = 14;
  bracketed.truth = {"forged", "attack", "reject"};
  actors.push_back(bracketed);

  Actor spoof = actor("Adatum spoof", {"192.0.2.250"}, {"director@adatum.com"}, adatum_people,
                      {"Are you at your desk?"});
  spoof.found = Found::mail;
  fails_everything(spoof);
  spoof.location = "Junk folder";
  spoof.reverse_name = "InfoDomainNonexistent";
  spoof.helo = "[192.0.2.250]";
  spoof.first_day = 8;
  spoof.last_day = 9;
  spoof.truth = {"forged", "attack", "reject"};
  actors.push_back(spoof);

  Actor survey = actor("Unknown survey", {"192.0.2.200"}, {"survey@contoso.com"}, people,
                       {"How do you like the canteen?"});
  survey.spf = "softfail";
  survey.dmarc = "fail";
  survey.first_day = 18;
  survey.last_day = 19;
  survey.truth = {"unclear", "not determined", "reject"};
  actors.push_back(survey);
}

UnixTime day_start(int day) {
  return days_from_civil(2026, 10, static_cast<unsigned>(day)) * 86400;
}

// 2026-10-01 is a Thursday.
bool is_weekend(int day) {
  const int weekday = (day + 2) % 7;  // 0 is Monday
  return weekday >= 5;
}

}  // namespace

std::string Random::guid() {
  const std::uint64_t a = next();
  const std::uint64_t b = next();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xffff,
                     b >> 48, b & 0xffffffffffff);
}

std::vector<Actor> make_actors() {
  std::vector<Actor> actors;
  add_devices_and_applications(actors);
  add_services(actors);
  add_everyday(actors);
  add_attacks(actors);
  return actors;
}

std::vector<Mail> make_mail(const std::vector<Actor>& actors, Random& random) {
  std::vector<Mail> all;
  for (const Actor& actor : actors) {
    for (int day = actor.first_day; day <= actor.last_day; ++day) {
      if (actor.weekdays_only && is_weekend(day)) continue;
      for (int n = 0; n < actor.per_day; ++n) {
        Mail mail;
        mail.actor = &actor;
        mail.time = day_start(day) + static_cast<UnixTime>(random.below(86400));
        mail.address = random.pick(actor.addresses);
        mail.sender = random.pick(actor.senders);
        mail.recipient = actor.to_self ? mail.sender : random.pick(actor.recipients);
        mail.subject = random.pick(actor.subjects);
        mail.network_id = random.guid();
        const std::string host =
            actor.message_id_domain.empty()
                ? (actor.direction == "Inbound" ? "[" + mail.address + "]"
                                                : "AM0PR01MB1.eurprd01.prod.outlook.com")
                : actor.message_id_domain;
        mail.message_id = fmt::format("<{:x}@{}>", random.next() >> 16, host);
        all.push_back(std::move(mail));
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Mail& a, const Mail& b) { return a.time < b.time; });
  return all;
}

}  // namespace postern::example
