// What is known of senders beside the evidence: pins, services, the tenant's own records; and what
// several sources tell together.
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/reading.hpp"
#include "impact/changes.hpp"
#include "impact/impact.hpp"
#include "impact/pins.hpp"
#include "impact/services.hpp"
#include "settings_file/testing/keys.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Delivery;
using evidence::Message;
using policy::ReversePath;

policy::Readings contoso(std::vector<policy::InboundConnector> connectors = {}) {
  policy::Tenant tenant;
  tenant.name = "contoso.com";
  policy::AcceptedDomain domain;
  domain.name = "contoso.com";
  tenant.accepted_domains = {domain};
  tenant.inbound_connectors = std::move(connectors);
  return *policy::Readings::of(tenant);
}

Message message(int day, std::string_view from = "app@contoso.com",
                std::string_view ip = "203.0.113.7") {
  Message m;
  m.submission.client_ip = IpAddress::parse(ip);
  m.submission.authenticated = policy::Known::no;
  m.submission.observed.state = policy::ObservedAttribution::State::default_connector;
  m.submission.time = 1'790'812'800 + day * 86400;
  m.submission.reverse_path = {ReversePath::State::address, from.substr(from.find('@') + 1)};
  m.submission.recipient_domain = "contoso.com";
  m.reverse_path = from;
  m.recipient = "ann@contoso.com";
  return m;
}

TEST(Names, OfEachCloudsServersAreExchangeOnlines) {
  for (const char* host : {"mail-am5eur01on2045.outbound.protection.outlook.com",
                           "USG02-CY1-obe.outbound.protection.office365.us",
                           "mail-sh0chn02on2112.outbound.protection.partner.outlook.cn"}) {
    Collector collector(contoso(), {}, {});
    Message m = message(0);
    m.client_hostname = host;
    collector.message(m);
    const Report report = collector.finish();
    const auto& reasons = report.senders.front().reasons;
    EXPECT_TRUE(std::any_of(reasons.begin(), reasons.end(), [](const std::string& reason) {
      return reason.find("Exchange Online's outbound servers") != std::string::npos;
    })) << host;
  }
}

TEST(Pins, WinAndSaySo) {
  Context context;
  context.pins = *parse_pins(R"(
[[sender]]
name = "Payroll at the branch"
address = ["203.0.113.0/28"]
kind = "device or application"
owner = "ann"
)",
                             "senders.toml");
  Collector collector(contoso(), context, {});
  collector.message(message(0));
  const Report report = collector.finish();
  const Sender& sender = report.senders.front();
  EXPECT_EQ(sender.name, "Payroll at the branch");
  EXPECT_EQ(sender.kind, Kind::device);
  EXPECT_EQ(sender.looks, Looks::legitimate);
  EXPECT_EQ(sender.confidence, 1);
  EXPECT_EQ(sender.pin, "senders.toml:2:1");
  EXPECT_NE(sender.reasons.front().find("pinned"), std::string::npos);
}

TEST(Pins, OfAnEnvelopeSenderCoverNoOther) {
  const auto pins = *parse_pins(R"(
[[sender]]
name = "App"
address = ["203.0.113.7"]
envelope_sender = ["app@contoso.com", "@news.contoso.com"]
kind = "device or application"
)",
                                "s.toml");
  const IpAddress here = *IpAddress::parse("203.0.113.7");
  EXPECT_NE(find_pin(pins, here, {"APP@contoso.com", "x@news.contoso.com"}), nullptr);
  EXPECT_EQ(find_pin(pins, here, {"app@contoso.com", "ceo@contoso.com"}), nullptr);
  EXPECT_EQ(find_pin(pins, *IpAddress::parse("203.0.113.8"), {"app@contoso.com"}), nullptr);
}

TEST(Pins, SayWhatIsWrong) {
  const auto fault = [](const std::string& text) {
    const auto pins = parse_pins("[[sender]]\nname = \"A\"\n" + text, "s.toml");
    return pins ? std::string("none") : pins.error().line();
  };
  EXPECT_NE(fault("kind = \"attack\"\n").find("s.toml:1:1: the pin 'A' has no address"),
            std::string::npos)
      << fault("kind = \"attack\"\n");
  const auto of_certificate = [&](const std::string& name) {
    return fault("answer = \"keep\"\naddress = \"192.0.2.1\"\ncertificate = \"" + name + "\"\n");
  };
  for (const char* name : {"mail.crm.example", "*.crm.example", "*.Smtp.SendGrid.net"})
    EXPECT_EQ(of_certificate(name), "none");
  for (const char* name : {"*.com", "com", "*.co.uk", "localhost", "mail.protection.outlook.com",
                           "*.protection.outlook.com"}) {
    EXPECT_NE(of_certificate(name).find("many others present too"), std::string::npos) << name;
  }
  EXPECT_NE(of_certificate("a b").find("that is no name"), std::string::npos);
  EXPECT_NE(fault("answer = \"keep\"\nenvelope_sender = \"a@b.example\"\n"
                  "certificate = \"mail.crm.example\"\n")
                .find("a certificate and no address"),
            std::string::npos);
  EXPECT_EQ(
      fault("kind = \"printer\"\naddress = \"192.0.2.1\"\n"),
      "s.toml:3:8: kind: no kind of sender is called 'printer'; it takes one of: " + kind_names());
  EXPECT_EQ(fault("kind = \"attack\"\naddress = \"192.0.2.300\"\n").find("s.toml:4:11: address: "),
            0u);
  EXPECT_EQ(fault("kind = \"attack\"\naddress = \"192.0.2.1\"\nadress = 1\n"),
            "s.toml:5:1: unknown key 'adress' in sender; did you mean 'address'?");
  EXPECT_EQ(fault("kind = \"attack\"\naddress = \"192.0.2.1\"\nname = 1\n").find("s.toml:5:"), 0u)
      << "a key twice";
}

// A new member: its row in the table of keys, or its name here, where no file has it.
TEST(SenderKeys, EachMemberHasOne) {
  using settings_file::testing::expect_a_key_each;
  using settings_file::testing::members_of;
  expect_a_key_each(describe_pin_keys(), members_of<Pin>(), {"kind_is_given", "where"});
  expect_a_key_each(describe_service_keys(), members_of<Service>(), {});
}

TEST(Pins, EveryKeyIsOnThePage) {
  EXPECT_NE(
      postern::testing::octets_of(POSTERN_SOURCE_DIR "/docs/senders.md").find(describe_pin_keys()),
      std::string::npos)
      << "docs/senders.md needs this table:\n"
      << describe_pin_keys();
}

TEST(Services, EveryKeyIsOnThePage) {
  EXPECT_NE(postern::testing::octets_of(POSTERN_SOURCE_DIR "/docs/senders.md")
                .find(describe_service_keys()),
            std::string::npos)
      << "docs/senders.md needs this table:\n"
      << describe_service_keys();
}

TEST(Services, OfOnesOwnAreKnown) {
  Services services;
  ASSERT_TRUE(
      services.add("[[service]]\nname = \"Leave manager\"\nkind = \"online service\"\n"
                   "host = [\"leave.example\"]\nspf_include = [\"spf.leave.example\"]\n",
                   "own.toml"));
  EXPECT_EQ(services[services.of_host("mx1.LEAVE.example")].name, "Leave manager");
  EXPECT_EQ(services[services.of_spf_include("spf.leave.example")].name, "Leave manager");
  const auto circus = services.add("[[service]]\nname = \"X\"\nkind = \"circus\"\n", "own.toml");
  ASSERT_FALSE(circus);
  EXPECT_EQ(circus.error().where, "own.toml:3:8");
}

TEST(Signatures, OfAStrangersDomainVouchForNobody) {
  for (const auto& [dmarc, is_authors, vouches] : {
           std::tuple{AuthResult::fail, policy::Known::unknown, false},
           std::tuple{AuthResult::fail, policy::Known::no, false},
           std::tuple{AuthResult::none, policy::Known::no, false},
           std::tuple{AuthResult::unknown, policy::Known::no, false},
           // Evidence that names no signer: DMARC alone tells whose it was.
           std::tuple{AuthResult::none, policy::Known::unknown, false},
           std::tuple{AuthResult::unknown, policy::Known::unknown, false},
           std::tuple{AuthResult::pass, policy::Known::unknown, true},
           std::tuple{AuthResult::unknown, policy::Known::yes, true},
       }) {
    Collector collector(contoso(), {}, {});
    for (int i = 0; i < 3; ++i) {
      Message m = message(0, "ceo@contoso.com", "198.51.100.60");
      m.results = {AuthResult::fail, AuthResult::pass, dmarc, AuthResult::unknown, is_authors};
      collector.message(m);
    }
    const Report report = collector.finish();
    const Sender& sender = report.senders.front();
    EXPECT_EQ(sender.looks == Looks::legitimate, vouches) << static_cast<int>(dmarc);
    const bool said =
        std::any_of(sender.reasons.begin(), sender.reasons.end(), [](const std::string& reason) {
          return reason.find("key of the domain's owner") != std::string::npos;
        });
    EXPECT_EQ(said, vouches) << static_cast<int>(dmarc);
  }
}

TEST(Signatures, OfAStrangersDomainJoinNoAddresses) {
  Collector collector(contoso(), {}, {});
  for (const std::string_view address : {"198.51.100.60", "203.0.113.61"}) {
    for (int i = 0; i < 3; ++i) {
      Message m = message(0, "ceo@contoso.com", address);
      m.client_hostname = "vps.evil.example";
      m.results.dkim = AuthResult::pass;
      m.results.dkim_is_authors = policy::Known::no;
      collector.message(m);
    }
  }
  EXPECT_EQ(collector.finish().senders.size(), 2u);
}

// One source whose SPF no evidence tells, and one whose SPF failed when the mail came.
TEST(PublishedSpf, IsAskedOnlyWhereNoEvidenceTells) {
  std::vector<std::string> asked;
  Options options;
  options.published_spf = [&asked](const std::vector<SpfQuestion>& questions) {
    for (const SpfQuestion& each : questions)
      asked.push_back(each.address.text() + ' ' + each.domain + ' ' + each.mail_from);
    return std::vector<AuthResult>(questions.size(), AuthResult::pass);
  };
  Collector collector(contoso(), {}, options);
  for (int day = 0; day < 3; ++day)
    collector.message(message(day));
  Message failed = message(0, "boss@contoso.com", "198.51.100.9");
  failed.results.spf = AuthResult::fail;
  collector.message(failed);
  const Report report = collector.finish();
  EXPECT_EQ(asked, std::vector<std::string>{"203.0.113.7 contoso.com app@contoso.com"});
  ASSERT_EQ(report.senders.size(), 2u);
  const auto pass = static_cast<std::size_t>(AuthResult::pass);
  const auto unknown = static_cast<std::size_t>(AuthResult::unknown);
  for (const Sender& sender : report.senders) {
    const bool looked_up = sender.addresses.front() == *IpAddress::parse("203.0.113.7");
    EXPECT_EQ(sender.published_spf[pass], looked_up ? 3u : 0u);
    // What was seen stays what was seen.
    EXPECT_EQ(sender.spf[unknown], looked_up ? 3u : 0u);
    EXPECT_TRUE(!looked_up || sender.looks == Looks::legitimate);
  }
  EXPECT_NE(report.remarks.front().find("looked up now"), std::string::npos);
}

TEST(PublishedSpf, IsBoundedAndSaysWhatItLeftOut) {
  Options options;
  options.most_questions = 1;
  options.published_spf = [](const std::vector<SpfQuestion>& questions) {
    EXPECT_EQ(questions.size(), 1u);
    EXPECT_EQ(questions.front().mail_from, "often@contoso.com");
    return std::vector<AuthResult>(questions.size(), AuthResult::perm_error);
  };
  Collector collector(contoso(), {}, options);
  collector.message(message(0, "seldom@contoso.com", "198.51.100.9"));
  collector.message(message(0, "often@contoso.com"));
  collector.message(message(1, "often@contoso.com"));
  const Report report = collector.finish();
  ASSERT_GE(report.remarks.size(), 3u);
  EXPECT_NE(report.remarks[1].find("no usable answer about 1"), std::string::npos);
  EXPECT_NE(report.remarks[2].find("1 further source"), std::string::npos);
}

// Each address of an IPv6 network, and each domain that it sends as, is a question of its own; a
// pair that some evidence tells of is none.
TEST(PublishedSpf, IsAskedOfEachAddressAndDomain) {
  std::vector<std::string> asked;
  Options options;
  options.published_spf = [&asked](const std::vector<SpfQuestion>& questions) {
    for (const SpfQuestion& each : questions)
      asked.push_back(each.address.text() + ' ' + each.mail_from);
    return std::vector<AuthResult>(questions.size(), AuthResult::pass);
  };
  Collector collector(contoso(), {}, options);
  const auto send = [&](std::string_view sender, std::string_view address, int times,
                        AuthResult spf = AuthResult::unknown) {
    for (int i = 0; i < times; ++i) {
      Message m = message(i, sender, address);
      m.results.spf = spf;
      collector.message(m);
    }
  };
  send("app@contoso.com", "2001:db8::1", 3);
  send("app@contoso.com", "2001:db8::2", 2);
  send("known@contoso.com", "2001:db8::3", 1, AuthResult::fail);
  send("app@contoso.com", "2001:db8::3", 1);
  const Report report = collector.finish();
  EXPECT_EQ(asked, (std::vector<std::string>{"2001:db8::1 app@contoso.com",
                                             "2001:db8::2 app@contoso.com"}));
  ASSERT_EQ(report.senders.size(), 1u);
  EXPECT_EQ(report.senders.front().published_spf[static_cast<std::size_t>(AuthResult::pass)], 5u);
}

// What a verified mail learnt of itself leaves the other messages of its sender to be asked about.
TEST(PublishedSpf, IsAskedOfMessagesBesideAVerifiedOne) {
  std::size_t asked = 0;
  Options options;
  options.published_spf = [&asked](const std::vector<SpfQuestion>& questions) {
    asked += questions.size();
    return std::vector<AuthResult>(questions.size(), AuthResult::pass);
  };
  Collector collector(contoso(), {}, options);
  Message verified = message(0);
  verified.results.claims = evidence::Claims::verified;
  verified.results.published_spf = AuthResult::pass;
  collector.message(verified);
  for (int day = 1; day < 5; ++day)
    collector.message(message(day));
  const Report report = collector.finish();
  EXPECT_EQ(asked, 1u);
  EXPECT_EQ(report.senders.front().published_spf[static_cast<std::size_t>(AuthResult::pass)], 5u);
}

TEST(PublishedSpf, IsNotAskedWhereAConnectorAdmits) {
  Options options;
  options.published_spf = [](const std::vector<SpfQuestion>& questions) {
    ADD_FAILURE() << questions.front().mail_from;
    return std::vector<AuthResult>(questions.size(), AuthResult::fail);
  };
  policy::InboundConnector connector;
  connector.name = "scanner";
  connector.sender_domains = {*policy::parse_sender_domain("*")};
  connector.sender_ip_addresses = {*Prefix::parse("203.0.113.7")};
  connector.restrict_domains_to_ip_addresses = true;
  Collector collector(contoso({connector}), {}, options);
  Message m = message(0);
  m.submission.observed = {};
  collector.message(m);
  const Report report = collector.finish();
  EXPECT_EQ(report.senders.front().with_rejection.accept, 1u);
}

// That SPF does not list a source today makes nobody forged who was not before, whatever else is
// known of it; a faulty record says nothing at all.
TEST(PublishedSpf, NotBeingListedTodayAloneMakesNobodyForged) {
  const auto looks = [](int messages, int marks, AuthResult answer) {
    Options options;
    options.published_spf = [answer](const std::vector<SpfQuestion>& questions) {
      return std::vector<AuthResult>(questions.size(), answer);
    };
    Collector collector(contoso(), {}, options);
    for (int i = 0; i < messages; ++i) {
      Message m = message((marks & 1) != 0 ? i : 0, "app@contoso.com", "198.51.100.9");
      m.helo = (marks & 2) != 0 ? "[127.0.0.1]" : "mail.elsewhere.example";
      m.client_hostname = (marks & 4) != 0 ? "InfoDomainNonexistent" : "mail.elsewhere.example";
      m.delivery = (marks & 8) != 0 ? Delivery::junk : Delivery::inbox;
      if ((marks & 16) != 0) m.recipient = m.reverse_path;
      if ((marks & 32) != 0) m.subject = "Voicemail for you";
      collector.message(m);
    }
    return collector.finish().senders.front().looks;
  };
  int forged = 0;
  for (int marks = 0; marks < 64; ++marks) {
    for (const int messages : {1, 3, 6}) {
      const Looks without = looks(messages, marks, AuthResult::unknown);
      const Looks with = looks(messages, marks, AuthResult::fail);
      EXPECT_EQ(with == Looks::forged, without == Looks::forged) << messages << ' ' << marks;
      EXPECT_EQ(looks(messages, marks, AuthResult::perm_error), without) << messages << marks;
      forged += without == Looks::forged ? 1 : 0;
    }
  }
  EXPECT_GT(forged, 0);  // it can be told at all
}

// What is listed today was perhaps not listed then: the name is less sure than by a result of the
// day.
TEST(PublishedSpf, MakesLessSureThanAResultOfTheDay) {
  const auto confidence = [](AuthResult seen) {
    Options options;
    options.published_spf = [](const std::vector<SpfQuestion>& questions) {
      return std::vector<AuthResult>(questions.size(), AuthResult::pass);
    };
    Collector collector(contoso(), {}, options);
    for (int day = 0; day < 4; ++day) {
      Message m = message(day, "scanner@contoso.com");
      m.subject = "Scan from the copier";
      m.results.spf = seen;
      collector.message(m);
    }
    return collector.finish().senders.front().confidence;
  };
  EXPECT_LE(confidence(AuthResult::unknown), 0.88);
  EXPECT_GT(confidence(AuthResult::pass), confidence(AuthResult::unknown));
}

// What a mail claims of itself, as its reader handed it over.
TEST(Claims, AreCountedAndToldByWhatBecameOfThem) {
  Collector collector(contoso(), {}, {});
  using evidence::Claims;
  for (const Claims claims :
       {Claims::believed, Claims::verified, Claims::not_confirmed, Claims::not_checked}) {
    Message m = message(0);
    m.results.claims = claims;
    m.results.spf = AuthResult::fail;
    collector.message(m);
  }
  const Report report = collector.finish();
  const auto said = [&](std::string_view part) {
    return std::any_of(report.remarks.begin(), report.remarks.end(), [&](const std::string& each) {
      return each.find(part) != std::string::npos;
    });
  };
  EXPECT_TRUE(said("what 1 mail(s) say"));
  EXPECT_TRUE(said("2 mail(s) were verified anew"));
  EXPECT_TRUE(said("1 claim a pass"));
  EXPECT_TRUE(said("1 mail(s) could not be verified in time"));
  const Sender& sender = report.senders.front();
  EXPECT_EQ(sender.claims_unconfirmed, 1u);
  EXPECT_TRUE(std::any_of(sender.doubts.begin(), sender.doubts.end(), [](const std::string& each) {
    return each.starts_with("1 of 4 messages claim");
  }));
}

// A relay's log and the receiver's trace name different clients of one message.
TEST(Sources, TheSameMailByAnotherWayMakesNoSecondSender) {
  Options options;
  options.most_joined = 1000;
  Collector collector(contoso(), {}, options);
  for (const std::string_view address : {"203.0.113.7", "198.51.100.9"}) {
    Message m = message(0, "app@contoso.com", address);
    m.message_id = "<1@app>";
    collector.message(m);
    collector.file_done({});
  }
  const Report report = collector.finish();
  ASSERT_EQ(report.senders.size(), 1u);
  EXPECT_EQ(report.senders.front().messages, 1u);
  EXPECT_EQ(report.totals.aside.other_source, 1u);
}

// The same message, as an extended trace and as the mail itself hold it.
TEST(Sources, TheSameMailIsCountedOnceAndBothTellWhatTheyKnow) {
  Options options;
  options.most_joined = 1000;
  Collector collector(contoso(), {}, options);
  Message traced = message(0);
  traced.network_message_id = "2335628b-a4a4-4b4b-8c8c-0000c6875507";
  traced.message_id = "<1@app>";
  collector.message(traced);
  collector.message(traced);  // twice in one source: two messages with one Message-ID
  collector.file_done({});
  Message received = message(0);
  received.message_id = "1@app";
  received.helo = "app.contoso.com";
  received.results.spf = AuthResult::pass;
  collector.message(received);
  collector.file_done({});
  const Report report = collector.finish();
  EXPECT_EQ(report.totals.used, 2u);
  EXPECT_EQ(report.totals.aside.other_source, 1u);
  EXPECT_EQ(report.totals.rows, 3u);
  const Sender& sender = report.senders.front();
  EXPECT_EQ(sender.hostnames, std::vector<std::string>{"app.contoso.com"});
  EXPECT_EQ(sender.spf[static_cast<std::size_t>(AuthResult::pass)], 1u);
}

TEST(Sources, AnotherRecipientIsAnotherMessage) {
  Options options;
  options.most_joined = 1000;
  Collector collector(contoso(), {}, options);
  Message first = message(0);
  first.message_id = "<1@app>";
  collector.message(first);
  collector.file_done({});
  Message second = first;
  second.recipient = "bob@contoso.com";
  collector.message(second);
  EXPECT_EQ(collector.finish().totals.used, 2u);
}

TEST(Counts, ARowMayStandForManyMessages) {
  Collector collector(contoso(), {}, {});
  Message m = message(0);
  m.count = 250;
  collector.message(m);
  const Report report = collector.finish();
  EXPECT_EQ(report.totals.used, 250u);
  EXPECT_EQ(report.senders.front().messages, 250u);
  EXPECT_EQ(report.senders.front().with_rejection.accept +
                report.senders.front().with_rejection.reject +
                report.senders.front().with_rejection.undetermined,
            250u);
}

TEST(Period, LeavesTheRestAside) {
  Options options;
  options.since = 1'790'812'800 + 2 * 86400;
  options.until = 1'790'812'800 + 4 * 86400;
  Collector collector(contoso(), {}, options);
  for (int day = 0; day < 6; ++day)
    collector.message(message(day));
  Message timeless = message(0);
  timeless.submission.time.reset();
  collector.message(timeless);
  const Report report = collector.finish();
  EXPECT_EQ(report.totals.used, 2u);
  EXPECT_EQ(report.totals.aside.other_period, 4u);
  EXPECT_EQ(report.totals.aside.undated, 1u);
  EXPECT_EQ(report.totals.rows, 7u);
}

TEST(Changes, NameWhatIsNewGoneAndOther) {
  Collector collector(contoso(), {}, {});
  collector.message(message(0, "app@contoso.com", "203.0.113.7"));
  collector.message(message(0, "app@contoso.com", "203.0.113.8"));
  const Report report = collector.finish();
  const std::vector<EarlierSender> earlier = {
      {"Scanner", "device or application", "certain legitimate", {"203.0.113.7"}, {}, 4, 0},
      {"Old relay", "own server", "", {"203.0.113.99"}, {}, 9, 9},
  };
  const Changes changes = compare(earlier, report);
  ASSERT_EQ(changes.added.size(), 1u);
  EXPECT_EQ(changes.added.front().substr(0, 12), "203.0.113.8:");
  ASSERT_EQ(changes.vanished.size(), 1u);
  EXPECT_EQ(changes.vanished.front(), "Old relay: own server, 9 messages then");
  ASSERT_EQ(changes.changed.size(), 3u);
  EXPECT_EQ(changes.changed[1], "203.0.113.7: open, was certain legitimate");
  EXPECT_EQ(changes.changed.front(), "203.0.113.7: not determined, was device or application");
  EXPECT_EQ(changes.changed.back(), "203.0.113.7: would be rejected, was not");
}

TEST(Remedies, QuoteWhatComesFromMail) {
  Context context;
  context.pins = *parse_pins(
      "[[sender]]\nname = \"O'Brien's; rm\"\naddress = \"203.0.113.7\"\nkind = \"own server\"\n",
      "s");
  Collector collector(contoso(), context, {});
  collector.message(message(0));
  const Report report = collector.finish();
  EXPECT_NE(report.senders.front().remedy.command.find("-Name 'O''Brien''s; rm' "),
            std::string::npos)
      << report.senders.front().remedy.command;
}

}  // namespace
}  // namespace postern::impact
