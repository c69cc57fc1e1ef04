#include "world.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace postern::example {
namespace {

using evidence::AuthResult;
using evidence::Delivery;
using impact::Kind;

constexpr UnixTime begin = 1'790'812'800;  // 2026-10-01
constexpr int days = 30;

struct Brand {
  const char* name;
  const char* host;
  const char* include;
};
constexpr Brand brands[] = {
    {"SendGrid", "o7.ptr.sendgrid.net", "sendgrid.net"},
    {"Salesforce", "smtp14.mta.salesforce.com", "_spf.salesforce.com"},
    {"Zendesk", "outbyoip3.pod17.zendesk.com", "mail.zendesk.com"},
    {"Amazon SES", "a9-31.smtp-out.eu-west-1.amazonses.com", "amazonses.com"},
    {"a service that nobody listed", "mail.leavemanager.example", "spf.leavemanager.example"},
    {"another one", "smtp2.surveytool.example", "spf.surveytool.example"},
};

// How the senders of one kind behave; drawn once a sender.
struct Habit {
  std::vector<std::string> from;
  std::vector<std::string> subjects;
  std::string helo, reverse_name, id_domain;
  AuthResult spf = AuthResult::fail, dkim = AuthResult::none, dmarc = AuthResult::fail;
  double junk = 0.02;  ///< share that ends in junk or quarantine
  double per_day = 1;  ///< mean
  int first = 0, last = days - 1;
  bool weekdays = false;
  bool to_self = false;
  std::vector<std::string> to;  ///< empty: anybody
};

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed * 7919 + 17) {}

  World run() {
    organisation();
    devices();
    services();
    own_mail_on_detours();
    attacks();
    everyday();
    std::stable_sort(world_.messages.begin(), world_.messages.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return std::move(world_);
  }

 private:
  bool chance(double probability) {
    return static_cast<double>(random_.below(1'000'000)) < probability * 1e6;
  }
  int between(int low, int high) {
    return low + static_cast<int>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[random_.below(items.size())];
  }
  std::string network() {  // a /24, public
    return fmt::format("{}.{}.{}", between(11, 99), between(1, 254), between(1, 254));
  }
  std::string in(const std::string& network) {
    return fmt::format("{}.{}", network, between(4, 250));
  }

  void organisation() {
    auto& c = world_.configuration;
    domain_ = fmt::format("org{}.example", random_.below(100000));
    c.tenant.name = domain_;
    c.tenant.reject_direct_send = policy::RejectDirectSend::never_set;
    c.accepted_domains_known = true;
    policy::AcceptedDomain accepted;
    accepted.name = domain_;
    accepted.is_default = true;
    c.tenant.accepted_domains.push_back(accepted);
    const int count = between(10, 150);
    for (int i = 0; i < count; ++i)
      people_.push_back(fmt::format("person{}@{}", i, domain_));
    office_ = network();
    office_listed_ = chance(0.5);
    spf_ = "v=spf1 include:spf.protection.outlook.com";
    if (office_listed_) spf_ += fmt::format(" ip4:{}.0/24", office_);
    third_party_mx_ = chance(0.15);
    auto& dns = c.dns.value[domain_];
    c.dns.known = true;
    dns.mx.asked = true;
    dns.mx.values = {third_party_mx_ ? "mx1.filter-gateway.example"
                                     : domain_ + ".mail.protection.outlook.com"};
    // What the evidence shows: names of the client come with received mail and trace details.
    sees_names_ = chance(0.5);
    sees_results_ = chance(0.8);
  }

  std::size_t add_sender(std::string name, Kind kind, std::vector<std::string> addresses,
                         bool hard = false) {
    world_.senders.push_back({std::move(name), kind, hard, std::move(addresses)});
    return world_.senders.size() - 1;
  }

  void send(std::size_t sender, const Habit& habit) {
    for (int day = habit.first; day <= habit.last; ++day) {
      const int weekday = (day + 4) % 7;  // 2026-10-01 is a Thursday
      if (habit.weekdays && (weekday == 6 || weekday == 0)) continue;
      int number = static_cast<int>(habit.per_day);
      if (chance(habit.per_day - number)) ++number;
      if (habit.per_day >= 2) number = between(number / 2, number + number / 2);
      for (int i = 0; i < number; ++i)
        one(sender, habit, day);
    }
  }

  /// Exactly `number` messages, on random days of the habit.
  void send_exactly(std::size_t sender, const Habit& habit, int number) {
    for (int i = 0; i < number; ++i)
      one(sender, habit, between(habit.first, habit.last));
  }

  void one(std::size_t sender, const Habit& habit, int day) {
    WorldMessage m;
    m.sender = sender;
    m.address = one_of(world_.senders[sender].addresses);
    m.from = one_of(habit.from);
    m.to = habit.to_self ? m.from : one_of(habit.to.empty() ? people_ : habit.to);
    m.from_domain = m.from.substr(m.from.find('@') + 1);
    m.to_domain = domain_;
    m.subject = one_of(habit.subjects);
    m.time = begin + day * 86400 + static_cast<UnixTime>(random_.below(86400));
    m.message_id = fmt::format("<{:x}@{}>", random_.next(),
                               habit.id_domain.empty() ? "[" + m.address + "]" : habit.id_domain);
    if (sees_names_) {
      m.helo = habit.helo.empty() ? "[" + m.address + "]" : habit.helo;
      m.reverse_name = habit.reverse_name.empty() ? "InfoDomainNonexistent" : habit.reverse_name;
    }
    if (sees_results_) m.results = {habit.spf, habit.dkim, habit.dmarc, AuthResult::unknown};
    const bool junked = chance(habit.junk);
    m.delivery = junked ? (chance(0.5) ? Delivery::junk : Delivery::quarantine) : Delivery::inbox;
    world_.messages.push_back(std::move(m));
  }

  void set_spf(Habit& habit, bool listed) {
    habit.spf = listed ? AuthResult::pass : chance(0.6) ? AuthResult::fail : AuthResult::soft_fail;
    habit.dmarc = listed || habit.dkim == AuthResult::pass ? AuthResult::pass : AuthResult::fail;
  }

  std::string isp_name(const std::string& address) {
    std::string dashed = address;
    std::replace(dashed.begin(), dashed.end(), '.', '-');
    return "host-" + dashed + ".isp.example";
  }

  Habit device_habit(bool listed, const std::string& address) {
    static const std::vector<std::pair<std::string, std::vector<std::string>>> machines = {
        {"scanner", {"Scan from MFP-3", "Scanned document"}},
        {"copier", {"Scan to mail"}},
        {"ups", {"UPS: on battery", "UPS: online"}},
        {"backup", {"Backup finished"}},
        {"erp", {"Order 1204 confirmed", "Invoice 88"}},
        {"monitoring", {"PROBLEM: db3 load", "RECOVERY: db3 load"}},
        {"helpdesk", {"[#4471] Printer on 2nd floor"}},
        {"app-billing", {"Statement for October"}},
        {"timeclock", {"Hours of last week"}},
    };
    const auto& [name, subjects] = one_of(machines);
    Habit habit;
    habit.from = {fmt::format("{}{}@{}", name, between(1, 9), domain_)};
    habit.subjects = subjects;
    set_spf(habit, listed);
    habit.per_day = chance(0.3) ? 0.3 : between(1, 12);
    habit.weekdays = chance(0.6);
    habit.junk = listed ? 0.0 : chance(0.15) ? 0.4 : 0.02;
    if (chance(0.5)) habit.helo = name + ".local";
    if (chance(0.6)) habit.reverse_name = isp_name(address);
    if (chance(0.3)) habit.id_domain = domain_;
    if (chance(0.3)) habit.to = {people_.front(), people_.back()};
    return habit;
  }

  void devices() {
    const int count = between(2, 6);
    for (int i = 0; i < count; ++i) {
      const std::string address = in(office_);
      if (used(address)) continue;
      const std::size_t sender = add_sender("device", Kind::device, {address});
      const Habit habit = device_habit(office_listed_, address);
      send(sender, habit);
      device_ = habit;
      device_address_ = address;
    }
    if (chance(0.4)) {  // a branch with a line of its own, and a provider that changes its address
      const std::string before = in(network());
      const std::string after = in(network());
      Habit habit = device_habit(false, before);
      habit.per_day = std::max(habit.per_day, 1.0);
      const int moves = between(10, 20);
      habit.last = moves - 1;
      const std::size_t first = add_sender("device before it moves", Kind::device, {before}, true);
      send(first, habit);
      habit.first = moves;
      habit.last = days - 1;
      send(add_sender("device after it moved", Kind::device, {after}, true), habit);
    }
    if (chance(0.5)) {  // seldom
      const std::string address = in(chance(0.5) ? office_ : network());
      if (used(address)) return;
      Habit habit = device_habit(address.starts_with(office_) && office_listed_, address);
      send_exactly(add_sender("device that seldom sends", Kind::device, {address}, true), habit,
                   between(1, 4));
    }
  }

  bool used(const std::string& address) const {
    return std::any_of(world_.senders.begin(), world_.senders.end(), [&](const WorldSender& s) {
      return std::find(s.addresses.begin(), s.addresses.end(), address) != s.addresses.end();
    });
  }

  std::vector<std::string> pool(int count) {
    const std::string net = network();
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i)
      out.push_back(fmt::format("{}.{}", net, 20 + i));
    return out;
  }

  void services() {
    const int count = between(1, 3);
    for (int i = 0; i < count; ++i) {
      const Brand& brand = brands[random_.below(std::size(brands))];
      Habit habit;
      static const std::vector<std::string> roles = {"noreply", "crm", "tickets", "surveys", "hr"};
      habit.from = {fmt::format("{}@{}", one_of(roles), domain_)};
      habit.subjects = {"A new lead was assigned to you", "Ticket 881 was updated",
                        "Your request was approved"};
      habit.helo = habit.reverse_name = brand.host;
      habit.id_domain = chance(0.5) ? brand.host : "mail.service.example";
      habit.dkim = chance(0.7) ? AuthResult::pass : AuthResult::none;
      const bool included = chance(0.7);
      if (included) spf_ += fmt::format(" include:{}", brand.include);
      set_spf(habit, included);
      habit.junk = included || habit.dkim == AuthResult::pass ? 0.02 : 0.3;
      habit.per_day = chance(0.3) ? 0.5 : between(1, 20);
      const auto addresses = pool(between(1, 6));
      send(add_sender(brand.name, Kind::online_service, addresses), habit);
      service_ = habit;
      service_net_ = addresses.front().substr(0, addresses.front().rfind('.'));
    }
    if (chance(0.25)) {
      Habit habit;
      habit.from = {"donotreply@" + domain_};
      habit.subjects = {"Your sign-in code"};
      habit.helo = habit.reverse_name = "mail-nam.azurecomm.net";
      habit.id_domain = "donotreply.azurecomm.net";
      habit.dkim = AuthResult::pass;
      set_spf(habit, true);
      habit.per_day = between(1, 5);
      send(add_sender("Azure Communication Services", Kind::azure_communication_services, pool(2)),
           habit);
    }
  }

  static std::string exchange_id(int n) {
    return fmt::format("AM0PR0{}MB{}.eurprd01.prod.outlook.com", n % 9, 100 + n);
  }

  std::vector<std::string> some_people(int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i)
      out.push_back(one_of(people_));
    return out;
  }

  void own_mail_on_detours() {
    static const std::vector<std::string> talk = {"Re: offer", "Minutes", "Lunch?", "FW: plan",
                                                  "Budget draft"};
    if (chance(0.15)) {
      Habit habit;
      const bool known = chance(0.7);
      habit.from = people_;
      habit.subjects = talk;
      habit.helo = habit.reverse_name = known ? "smtp.emea.codetwo.online" : "out.signer.example";
      habit.id_domain = exchange_id(between(1, 50));
      if (chance(0.8)) spf_ += known ? " include:spf.codetwo.online" : " include:signer.example";
      set_spf(habit, spf_.find("codetwo") != std::string::npos ||
                         spf_.find("signer") != std::string::npos);
      habit.dkim = chance(0.4) ? AuthResult::pass : AuthResult::none;
      habit.per_day = static_cast<double>(people_.size());
      send(add_sender("signature service", Kind::signature_service, pool(2)), habit);
    }
    const int forwarders = between(0, 2);
    for (int i = 0; i < forwarders; ++i) {
      Habit habit;
      const bool is_signed = chance(0.6);
      habit.from = some_people(between(3, 10));
      habit.subjects = talk;
      habit.helo = habit.reverse_name = fmt::format("mx{}.club{}.example", i, between(1, 99));
      habit.id_domain = exchange_id(between(1, 50));
      habit.dkim = is_signed ? AuthResult::pass : AuthResult::none;
      set_spf(habit, false);
      habit.junk = is_signed ? 0.05 : 0.4;
      habit.per_day = chance(0.4) ? 0.3 : between(1, 3);
      habit.to = some_people(between(1, 3));
      const std::string address = in(network());
      const std::size_t sender =
          add_sender(is_signed ? "forwarder, DKIM kept" : "forwarder without DKIM", Kind::forwarder,
                     {address}, !is_signed);
      send(sender, habit);
      if (chance(0.7)) foreign_mail(sender, habit, between(5, 60));
    }
    if (third_party_mx_) {
      Habit habit;
      habit.from = some_people(6);
      habit.from.push_back("newsletter@" + domain_);
      habit.subjects = talk;
      habit.helo = habit.reverse_name = "out3.filter-gateway.example";
      habit.id_domain = "mail.elsewhere.example";
      set_spf(habit, false);
      habit.junk = 0.1;
      habit.per_day = between(2, 10);
      const std::size_t sender = add_sender("third-party MX", Kind::third_party_mx, pool(2));
      send(sender, habit);
      foreign_mail(sender, habit, between(400, 900));
    }
    if (chance(0.3)) {
      Habit habit;
      habit.from = people_;
      habit.subjects = talk;
      habit.helo = habit.reverse_name = "mail." + domain_;
      habit.id_domain = chance(0.7) ? "mail." + domain_ : exchange_id(3);
      set_spf(habit, office_listed_);
      habit.per_day = between(5, 40);
      const std::string address = in(office_);
      if (!used(address)) send(add_sender("own server", Kind::own_server, {address}), habit);
    }
    if (chance(0.15)) {
      Habit habit;
      habit.from = some_people(between(1, 2));
      habit.subjects = {"Joint project", "Re: offer"};
      habit.helo = habit.reverse_name = "mail-db8eur05on2071.outbound.protection.outlook.com";
      habit.id_domain = exchange_id(9);
      set_spf(habit, true);
      habit.per_day = chance(0.5) ? 0.4 : 2;
      send(add_sender("other tenant", Kind::other_tenant, pool(3)), habit);
    }
  }

  void foreign_mail(std::size_t sender, const Habit& habit, int number) {
    for (int i = 0; i < number; ++i) {
      one(sender, habit, between(0, days - 1));
      WorldMessage& m = world_.messages.back();
      m.from = fmt::format("someone{}@partner{}.example", i, i % 23);
      m.from_domain = m.from.substr(m.from.find('@') + 1);
      m.message_id = fmt::format("<{:x}@partner.example>", random_.next());
    }
  }

  void attacks() {
    static const std::vector<std::string> lures = {
        "New missed fax message", "Voicemail (0:42) for you", "Document shared with you",
        "Urgent: wire transfer",  "Your password expires",    "Re: invoice",
        "Salary review"};
    const int count = between(1, 4);
    for (int i = 0; i < count; ++i) {
      Habit habit;
      set_spf(habit, false);
      habit.subjects = {one_of(lures), one_of(lures)};
      habit.junk = chance(0.75) ? 0.9 : 0.1;
      habit.first = between(0, days - 4);
      habit.last = habit.first + between(0, 2);
      if (chance(0.4)) habit.helo = "WIN-" + std::to_string(between(1000, 9999));
      std::string address = in(network());
      if (chance(0.4)) habit.reverse_name = isp_name(address);
      switch (between(0, 7)) {
        case 0:
        case 1: {  // the lure to everybody's own address
          habit.from = people_;
          habit.to_self = true;
          habit.per_day = between(8, 40);
          send(add_sender("lure, self to self", Kind::attack, {address}), habit);
          break;
        }
        case 2: {  // a colleague asks
          habit.from = {people_.front()};
          habit.to = some_people(between(2, 5));
          send_exactly(add_sender("colleague spoof", Kind::attack, {address}), habit,
                       between(3, 10));
          break;
        }
        case 3: {  // one message
          habit.from = {one_of(people_)};
          habit.to_self = chance(0.5);
          send_exactly(add_sender("attack of one message", Kind::attack, {address}, true), habit,
                       1);
          break;
        }
        case 4: {  // next to the device, under its name
          address = in(device_address_.substr(0, device_address_.rfind('.')));
          if (office_listed_ || used(address)) break;  // from a listed address it would pass SPF
          habit.from = device_.from;
          habit.helo = device_.helo;
          habit.reverse_name = device_.reverse_name;
          send_exactly(add_sender("attack from the device's /24", Kind::attack, {address}, true),
                       habit, between(3, 15));
          break;
        }
        case 5: {  // in the service's cloud, greeting as it does
          address = in(service_net_);
          if (used(address)) break;
          habit.from = chance(0.5) ? service_.from : people_;
          habit.helo = service_.helo;
          habit.reverse_name = service_.reverse_name;
          send_exactly(add_sender("attack from the service's cloud", Kind::attack, {address}, true),
                       habit, between(3, 15));
          break;
        }
        case 6: {  // slow
          habit.first = between(0, 5);
          habit.last = days - 1;
          habit.junk = 0.8;
          habit.from = some_people(between(1, 6));
          send_exactly(add_sender("slow attack", Kind::attack, {address}, true), habit,
                       between(4, 9));
          break;
        }
        default: {  // many names, few recipients
          habit.from = some_people(12);
          habit.to = some_people(4);
          habit.per_day = between(4, 12);
          send(add_sender("many names", Kind::attack, {address}), habit);
        }
      }
    }
  }

  void everyday() {
    auto& dns = world_.configuration.dns.value[domain_];
    dns.spf.asked = true;
    dns.spf.values = {spf_};
    Habit habit;
    habit.from = {"x@y.example"};
    habit.subjects = {"Re: your offer", "Meeting on Tuesday"};
    set_spf(habit, true);
    const std::size_t sender = add_sender("the Internet", Kind::unknown, pool(30));
    foreign_mail(sender, habit, 300);
    // Everybody receives.
    for (std::size_t i = 0; i < people_.size(); ++i) {
      one(sender, habit, between(0, days - 1));
      world_.messages.back().to = people_[i];
    }
  }

  Random random_;
  World world_;
  std::string domain_, office_, spf_, device_address_, service_net_;
  bool office_listed_ = false, third_party_mx_ = false, sees_names_ = false, sees_results_ = false;
  std::vector<std::string> people_;
  Habit device_, service_;
};

}  // namespace

evidence::Message WorldMessage::message() const {
  evidence::Message m;
  auto& s = m.submission;
  s.authenticated = policy::Known::no;
  s.client_ip = IpAddress::parse(address);
  s.observed.state = policy::ObservedAttribution::State::default_connector;
  s.time = time;
  s.reverse_path = {policy::ReversePath::State::address, from_domain};
  s.recipient_domain = to_domain;
  m.reverse_path = from;
  m.recipient = to;
  m.header_from = from;
  m.header_from_domain = from_domain;
  m.subject = subject;
  m.message_id = message_id;
  m.helo = helo;
  m.client_hostname = reverse_name;
  m.results = results;
  m.delivery = delivery;
  return m;
}

World make_world(std::uint64_t seed) {
  return Maker(seed).run();
}

}  // namespace postern::example
