#include "impact/signs.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"
#include "impact/proof_of_sender.hpp"
#include "tenant/known_ranges.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Delivery;

std::uint64_t of(const ResultCounts& counts, AuthResult result) {
  return counts[static_cast<std::size_t>(result)];
}

std::uint64_t known(const ResultCounts& counts) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts)
    sum += count;
  return sum - of(counts, AuthResult::unknown);
}

/// Share of `part` in `whole`; 0 where nothing is known.
double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return ifind(text, word) != std::string_view::npos;
  });
}

// Words that people give to machines.
bool sounds_like_device(std::string_view text) {
  return contains_any(
      text, {"scan",    "print",    "copier", "fax@",   "fax from", "mfp",     "ups-",
             "ups@",    "nas@",     "nas-",   "backup", "camera",   "alarm",   "sensor",
             "switch@", "firewall", "ilo@",   "idrac",  "monitor",  "noreply", "no-reply"});
}

// Words of the lures that campaigns against Direct Send use.
bool sounds_like_lure(std::string_view text) {
  return contains_any(
      text, {"missed fax", "voicemail", "voice mail", "voice message", "missed call", "password",
             "wire transfer", "gift card", "direct deposit", "shared with you", "verify your",
             "are you at your desk", "mailbox is full", "urgent", "overdue", "mfa", "salary"});
}

// One column a kind, in the order of Kind.
// clang-format off
//                         device  online  signat.  acs    forw.  mx     own s. tenant attack
constexpr Weights prior = { 1.0,    0.6,  -1.5,   -2.0,  -0.3,  -1.5,  -0.3,  -1.2,   0.8};
// clang-format on

class Scale {
 public:
  Scale(const Unit& group, const Surroundings& around) : g_(group), around_(around) {}

  Weighing run() {
    measure();
    network();
    authentication();
    time();
    people();
    names();
    fate();
    words();
    return conclude();
  }

 private:
  void measure() {
    spf_known_ = known(g_.spf);
    dkim_known_ = known(g_.dkim);
    dmarc_known_ = known(g_.dmarc);
    spf_pass_ = share(of(g_.spf, AuthResult::pass), spf_known_);
    // Only where most of the mail hangs on it, and of the answers only those that say something.
    std::uint64_t looked_up = known(g_.published_spf) -
                              of(g_.published_spf, AuthResult::temp_error) -
                              of(g_.published_spf, AuthResult::perm_error);
    if (looked_up * 2 <= g_.messages) looked_up = 0;
    published_pass_ = share(of(g_.published_spf, AuthResult::pass), looked_up);
    published_fail_ =
        share(of(g_.published_spf, AuthResult::fail) + of(g_.published_spf, AuthResult::soft_fail),
              looked_up);
    spf_fail_ = share(of(g_.spf, AuthResult::fail) + of(g_.spf, AuthResult::soft_fail), spf_known_);
    dkim_pass_ = share(g_.signed_by_author, dkim_known_);
    dkim_none_ = share(of(g_.dkim, AuthResult::none), dkim_known_);
    paths_ = g_.reverse_paths.count();
    days_ = g_.days.count();
    span_ = g_.first && g_.last ? day_of(*g_.last) - day_of(*g_.first) + 1 : 0;
    exchange_ids_ = share(g_.exchange_ids, g_.with_message_id);
    mailboxes_ = share(around_.mailbox_senders, around_.sampled_senders);
    others_known_ = around_.other_messages >= g_.messages && around_.mailboxes >= 10;
    const std::int64_t window = around_.last_day - around_.first_day + 1;
    ends_are_seen_ = g_.first && g_.last && window >= 7 && day_of(*g_.first) > around_.first_day &&
                     day_of(*g_.last) < around_.last_day;
  }

  void add(bool present, std::string text, const Weights& weights) {
    if (present) signs_.push_back({std::move(text), weights});
  }

  static std::string plural(std::uint64_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun,
                       number == 1           ? ""
                       : noun.ends_with('s') ? "es"
                                             : "s");
  }

  // clang-format off
  //                                 device  online  signat.  acs    forw.  mx     own s. tenant attack
  void network() {
    const bool all_own = !g_.addresses.empty() &&
        std::all_of(g_.addresses.begin(), g_.addresses.end(), [&](IpAddress address) {
          return !around_.context.own_networks.find(address).empty();
        });
    own_network_ = all_own;
    add(all_own, "its address is listed as your own, in your SPF record or an OnPremises connector",
        {                             3.5,   -1.0,   -1.0,   -3.0,  -3.0,   -2.0,   3.0,  -3.0,  -4.0});
    add(around_.foreign_messages >= 3 && around_.foreign_messages >= g_.messages,
        fmt::format("the same source also brings mail of other organisations ({})",
                    plural(around_.foreign_messages, "message")),
        {                            -3.0,    0.0,   -2.0,    0.0,   2.0,    2.5,  -2.0,   0.0,   0.2});
    add(around_.foreign_messages >= 20 && around_.foreign_messages >= 3 * g_.messages && !around_.context.foreign_mx.empty(),
        "your MX is elsewhere, and mostly mail of other organisations comes from here",
        {                            -2.0,   -1.0,   -1.5,   -2.0,  -2.5,    4.5,  -1.0,  -1.0,  -0.5});
    add(behind_mx(), "it belongs to the host that your MX names",
        {                            -3.0,   -2.0,    0.0,   -3.0,  -2.0,    7.0,  -1.0,  -2.0,  -3.0});
    add(in_range(tenant::RangeKind::cloud), "its address is in a large cloud, where anybody can rent one",
        {                            -1.0,    0.7,    0.3,    0.0,  -0.3,   -0.5,  -0.5,  -2.0,   0.3});
    add(in_range(tenant::RangeKind::shared_sender), "its address is of a service from which every customer sends",
        {                            -4.0,    2.0,    0.5,   -2.0,   0.0,    0.5,  -3.0,  -2.0,  -0.5});
    const bool by_range = in_range(tenant::RangeKind::exchange_online);
    const double outlook = by_range ? 1.0 : share(g_.outlook_host, g_.with_helo + g_.with_reverse_name);
    add(outlook >= 0.5, by_range ? "its address is Exchange Online's, from which every tenant sends"
                                 : "its host name is that of Exchange Online's outbound servers",
        {                            -5.0,   -4.0,   -1.0,   -1.0,   1.0,   -3.0,  -3.0,   4.0,   0.0});
  }

  void authentication() {
    if (spf_pass_ >= 0.9) {
      authorised_ = true;
      add(true, fmt::format("SPF passed for {} on {} of {}: the domain's owner listed this source",
                            g_.domain(), of(g_.spf, AuthResult::pass), plural(spf_known_, "message")),
          {                           1.5,    2.5,    2.0,    2.0,  -3.0,    0.5,   1.5,   0.0,  -3.5});
    }
    // What is published today speaks for a source nearly as well as a result of the day: nobody
    // lists an attacker. That it is not listed says less; it may have been.
    add(published_pass_ >= 0.9, fmt::format("SPF of {}, looked up now, lists this source", g_.domain()),
        {                             1.2,    2.0,    1.6,    1.6,  -2.4,    0.4,   1.2,   0.0,  -3.0});
    not_listed_now_ = published_fail_ >= 0.9 ? signs_.size() : no_sign;
    add(published_fail_ >= 0.9, fmt::format("SPF of {}, looked up now, does not list this source", g_.domain()),
        {                             0.0,   -1.0,   -1.0,   -1.0,   0.3,    0.0,  -0.4,   0.0,   0.4});
    add(g_.moves, fmt::format("{} addresses one after the other, always as the same sender, with the same "
                              "subjects, at the same hours: one device whose address changes", g_.address_count),
        {                             3.0,    0.3,   -2.0,   -0.5,  -1.0,   -2.0,  -0.5,  -1.0,  -1.5});
    add(!g_.moves && g_.address_count >= 3 && paths_ <= 3, fmt::format("{} addresses take turns", g_.address_count),
        {                            -1.5,    1.2,    0.3,    0.3,  -0.5,    0.3,  -0.7,   0.5,   0.0});
    add(spf_pass_ >= 0.9 && !own_network_ && around_.context.spf_known, "your SPF record admits it by an include, not by its address",
        {                            -2.0,    1.5,    1.0,    0.8,   0.0,    0.3,  -1.5,   1.5,   0.0});
    const bool signed_only = dkim_pass_ >= 0.9 && spf_pass_ < 0.5;
    authorised_ = authorised_ || dkim_pass_ >= 0.9;
    add(signed_only, fmt::format("DKIM passed on {} of {} although SPF did not: signed with a key of the "
                                 "domain's owner", g_.signed_by_author, plural(dkim_known_, "message")),
        {                            -2.0,    2.0,    0.5,    0.5,   2.5,   -0.5,  -0.5,   0.5,  -4.0});
    add(dkim_pass_ >= 0.9 && spf_pass_ >= 0.5, "DKIM passed too",
        {                            -1.5,    1.5,    1.0,    1.0,   0.5,    0.5,   0.5,   0.0,  -2.0});
    add(spf_fail_ >= 0.9 && dkim_none_ >= 0.9, "SPF fails and nothing is signed",
        {                             0.3,   -2.0,   -2.0,   -2.0,   0.3,    0.0,  -0.7,   0.0,   1.0});
    const std::uint64_t compauth = known(g_.compauth);
    add(share(of(g_.compauth, AuthResult::fail), compauth) >= 0.5,
        fmt::format("composite authentication failed on {} of {}", of(g_.compauth, AuthResult::fail),
                    plural(compauth, "message")),
        {                             0.0,   -1.0,   -1.0,   -1.0,  -0.3,    0.0,  -0.3,   0.0,   0.6});
  }

  void time() {
    if (days_ == 0) return;
    const double density = share(days_, static_cast<std::uint64_t>(span_));
    const bool steady = days_ >= 5 && span_ >= 10;
    steady_ = steady;
    add(steady && days_ < 15, fmt::format("steady: {} over {}", plural(days_, "day"), span_),
        {                             1.5,    1.0,    1.0,    1.0,   1.2,    1.0,   1.2,   0.8,  -2.5});
    add(steady && days_ >= 15, fmt::format("steady: {} over {}", plural(days_, "day"), span_),
        {                             2.2,    1.8,    1.8,    1.5,   1.8,    1.8,   1.8,   1.3,  -4.5});
    add(!steady && days_ >= 2 && span_ >= 20, fmt::format("seldom, but again and again: {} over {}", plural(days_, "day"), span_),
        {                             0.8,    0.6,   -1.0,    0.3,   0.3,   -1.0,  -0.5,   0.2,  -1.0});
    const std::uint64_t burst = g_.days.most_within(2);
    add(ends_are_seen_ && g_.messages >= 5 && share(burst, g_.messages) >= 0.8,
        fmt::format("{} of {} within two days", burst, plural(g_.messages, "message")),
        {                            -1.2,   -0.8,   -2.0,   -0.5,  -0.8,   -1.5,  -1.5,  -0.3,   1.5});
    add(steady && density >= 0.95 && g_.messages >= days_, "every day",
        {                             0.5,    0.3,    0.5,    0.2,   0.2,    0.5,   0.3,   0.0,  -0.5});
  }

  void people() {
    if (paths_ == 0) return;
    const bool few = paths_ <= 2;
    const bool quick = days_ <= 3 && ends_are_seen_;
    add(few && g_.messages >= 3, paths_ == 1 ? "always with the same envelope sender" : "always with one of two envelope senders",
        {                             0.8,    0.5,   -3.0,    0.5,  -0.8,   -1.5,  -1.5,   0.0,   0.0});
    add(paths_ >= 5 && quick, fmt::format("{} within {}", plural(paths_, "different sender"), plural(days_, "day")),
        {                            -3.0,   -2.5,    0.0,   -2.0,  -0.5,    0.0,  -0.5,  -0.5,   2.5});
    add(paths_ >= 5 && !quick, plural(paths_, "different sender"),
        {                            -2.5,   -1.0,    1.5,   -1.5,   1.0,    1.0,   1.5,   0.3,   0.3});
    add(mailboxes_ >= 0.5, fmt::format("it writes as mailboxes of yours ({} of {} senders)", around_.mailbox_senders,
                                       around_.sampled_senders),
        {                            -2.0,   -1.5,    1.0,   -2.0,   1.0,    0.5,   1.2,   0.3,   1.2});
    add(paths_ >= 3 && g_.messages >= 5 && g_.recipients.count() == 1 && spf_pass_ < 0.5 && published_pass_ < 0.5,
        fmt::format("mail of {} different senders, all to one mailbox: somebody forwards it there", paths_),
        {                            -3.0,   -2.5,   -2.0,   -2.0,   3.5,   -1.0,  -0.5,  -0.5,   0.0});
    add(others_known_ && around_.sampled_senders > 0 && around_.mailbox_senders == 0 && g_.messages >= 3, "it sends under names that are no mailbox of yours",
        {                             0.8,    0.8,   -3.0,    0.8,  -2.5,   -0.5,  -1.5,   0.0,  -0.3});
    const double self = share(g_.to_self, g_.messages);
    add(g_.messages >= 3 && self >= 0.5, "most of it claims to come from its own recipient",
        {                            -2.0,   -2.0,   -1.0,   -1.5,  -2.0,   -0.5,  -2.0,  -1.0,   3.0});
    add(g_.messages < 3 && self == 1.0, "it claims to come from its own recipient",
        {                            -1.0,   -1.0,   -1.0,   -1.0,  -1.0,   -0.5,  -1.0,  -0.5,   1.5});
    add(own_network_ && paths_ >= 5 && mailboxes_ >= 0.5, "many people's mail from a network of your own",
        {                            -1.0,   -1.0,   -1.0,   -1.0,  -1.0,   -0.5,   2.0,  -1.0,  -1.0});
    add(paths_ >= 5 && exchange_ids_ >= 0.5 && spf_fail_ >= 0.9, "people's mail from a source that SPF does not list",
        {                            -1.0,   -1.0,   -1.5,   -1.0,   0.7,    0.0,   0.3,  -1.0,   0.0});
    const double volume = share(g_.messages, around_.all_messages);
    add(others_known_ && volume >= 0.3 && paths_ >= 8 && exchange_ids_ >= 0.5, "much of your own mail comes through it",
        {                            -2.0,   -1.0,    2.5,   -1.0,  -1.0,    0.5,   0.5,   0.0,  -1.5});
  }

  void names() {
    add(exchange_ids_ >= 0.5, "its Message-IDs are those of Exchange Online: mail that left your tenant or another one",
        {                            -3.0,   -3.0,    2.5,   -2.0,   2.0,    0.5,  -1.0,   1.0,  -1.5});
    const double own_ids = share(g_.own_domain_ids, g_.with_message_id);
    add(own_ids >= 0.5, "its Message-IDs carry your own domain",
        {                             0.5,   -0.3,   -1.5,   -1.0,  -1.5,   -0.7,   2.0,  -1.0,  -0.2});
    add(exchange_ids_ >= 0.5 && spf_pass_ >= 0.9 && paths_ <= 3, "few senders, SPF passed, and Message-IDs of Exchange Online: somebody else's tenant sends as you",
        {                            -1.0,    0.0,   -2.0,   -0.5,  -0.5,   -1.0,  -1.0,   3.0,   0.0});
    add(share(g_.bracketed_helo, g_.with_helo) >= 0.5, "the client greets with a bare address, as mail servers do not",
        {                             0.3,   -2.5,   -3.0,   -3.0,  -2.0,   -3.0,  -2.0,  -3.0,   1.2});
    add(share(g_.no_reverse_name, g_.with_reverse_name) >= 0.5, "the address has no reverse name",
        {                             0.3,   -1.5,   -2.0,   -2.0,  -0.7,   -1.5,  -0.5,  -3.0,   0.8});
    add(own_name(), "it greets, or is registered, under your own domain (a hint: names can be forged)",
        {                             0.5,   -1.0,   -1.0,   -1.0,  -0.7,   -0.7,   1.5,  -1.0,   0.0});
    const double forwarded = share(g_.forwarded, g_.messages);
    add(forwarded >= 0.5, "Exchange recorded that a mailbox or a rule forwards it",
        {                            -1.0,   -1.0,   -0.3,   -1.0,   2.0,    0.0,  -0.5,   0.3,  -0.5});
    add(share(g_.first_contact, g_.with_contact) >= 0.5 && g_.with_contact * 2 >= g_.messages,
        "its senders had never written to these recipients before, as Exchange recorded",
        {                            -0.8,   -0.3,   -0.7,   -0.3,  -0.5,   -0.3,  -0.5,  -0.2,   0.8});
    add(g_.acs * 2 > g_.messages, "signed by Azure Communication Services",
        {                            -4.0,   -2.0,   -3.0,    8.0,  -4.0,   -4.0,  -4.0,  -2.0,  -4.0});
    if (g_.service == no_service) return;
    const Service& service = around_.context.services[g_.service];
    const auto& listed = around_.context.spf_services;
    const bool included = std::find(listed.begin(), listed.end(), g_.service) != listed.end();
    const bool vouched = authorised_ || listed_now() || included;
    const std::string text = fmt::format("host or Message-ID names are those of {}{}", service.name,
        included ? ", which your SPF record includes" : vouched ? "" : " (a hint: names can be forged)");
    switch (service.kind) {
      case ServiceKind::online_service:
        add(true, text, vouched ?
        Weights{                     -1.5,    4.0,    0.0,   -2.0,  -0.5,   -1.0,  -1.0,  -1.0,  -2.0} : Weights
        {                            -0.8,    1.8,   -0.5,   -1.0,   0.0,   -0.5,  -0.5,  -0.5,   0.3});
        break;
      case ServiceKind::signature_service:
        add(true, text, vouched ?
        Weights{                     -2.0,   -1.0,    5.0,   -2.0,   0.0,    0.5,  -1.0,   0.0,  -2.0} : Weights
        {                            -1.0,   -0.5,    2.5,   -1.0,   0.0,    0.0,  -0.5,   0.0,   0.2});
        break;
      case ServiceKind::gateway:
        add(true, text, vouched ?
        Weights{                     -2.0,   -0.5,    2.5,   -2.0,   0.5,    2.5,  -1.0,   0.0,  -2.0} : Weights
        {                            -1.0,   -0.3,    1.5,   -1.0,   0.8,    1.5,  -0.5,   0.0,   0.2});
        break;
      case ServiceKind::azure_communication_services:  // known by its signature alone
        break;
    }
  }

  void fate() {
    const std::uint64_t inbox = g_.delivery[static_cast<std::size_t>(Delivery::inbox)];
    const std::uint64_t judged = unwanted(g_) + inbox;
    junk_ = share(unwanted(g_), judged);
    add(junk_ >= 0.5, "most of it went to junk or quarantine, or was blocked",
        {                            -1.2,   -1.2,   -1.5,   -1.0,  -0.7,   -0.5,  -1.2,  -0.3,   2.0});
    add(judged > 0 && junk_ <= 0.1 && g_.messages >= 3, "delivered to the inbox",
        {                             0.4,    0.4,    0.4,    0.3,   0.3,    0.3,   0.4,   0.2,  -0.7});
  }

  void words() {
    const auto heard = [](const std::vector<std::string>& texts, auto sounds) {
      return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return sounds(text); });
    };
    if (paths_ <= 2) {
      add(heard(g_.path_samples.top(2), sounds_like_device), "its envelope sender has the name of a machine",
        {                             1.5,    0.4,   -2.0,    0.8,  -1.5,   -1.0,  -1.5,  -0.5,  -0.7});
    }
    add(heard(g_.subjects.top(3), sounds_like_lure), "its subjects are those of known lures",
        {                            -0.7,   -0.3,   -1.0,   -0.3,  -0.7,    0.0,  -1.0,   0.0,   1.2});
    add(heard(g_.subjects.top(3), sounds_like_device), "its subjects are those of machines",
        {                             0.8,    0.0,   -1.0,   -0.3,  -0.7,   -0.5,  -0.7,  -0.3,  -0.3});
  }
  // clang-format on

  bool in_range(tenant::RangeKind kind) const {
    return !g_.addresses.empty() &&
           std::all_of(g_.addresses.begin(), g_.addresses.end(), [&](IpAddress address) {
             const tenant::KnownRange* range = tenant::known_range(address);
             return range != nullptr && range->kind == kind;
           });
  }

  bool own_name() const {
    const std::string domain = g_.domain();
    for (const std::string& host : g_.hosts.top(8)) {
      if (!domain.empty() && is_same_or_subdomain(to_lower(host), domain)) return true;
    }
    return false;
  }

  bool behind_mx() const {
    for (const std::string& host : g_.hosts.top(8)) {
      const auto normal = normalise_domain(host);
      if (!normal) continue;
      for (const std::string& mx : around_.context.foreign_mx) {
        if (iequals(organisation_of(*normal), organisation_of(mx))) return true;
      }
    }
    return false;
  }

  /// What all signs say together, but for the one of that number.
  std::array<double, weighed_kinds> sum_up(std::size_t left_out = no_sign) const {
    Weights sum = prior;
    for (std::size_t number = 0; number < signs_.size(); ++number) {
      if (number == left_out) continue;
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += signs_[number].weights[i];
    }
    // Signs go together; their sum counts for less than the parts (docs/classification.md).
    constexpr double discount = 0.8;
    const double most = *std::max_element(sum.begin(), sum.end());
    double total = 0;
    std::array<double, weighed_kinds> probabilities{};
    for (std::size_t i = 0; i < sum.size(); ++i) {
      probabilities[i] = std::exp(discount * (sum[i] - most));
      total += probabilities[i];
    }
    for (double& probability : probabilities)
      probability /= total;
    return probabilities;
  }

  static double& attack_in(std::array<double, weighed_kinds>& probabilities) {
    return probabilities[static_cast<std::size_t>(Kind::attack)];
  }

  Weighing conclude() {
    Weighing out;
    out.probabilities = sum_up();
    cap(out.probabilities);
    // What is not listed today may have been listed when the mail came: that alone makes nobody
    // forged.
    if (not_listed_now_ != no_sign && attack_in(out.probabilities) >= forged_from) {
      auto without = sum_up(not_listed_now_);
      cap(without);
      if (attack_in(without) < forged_from) out.probabilities = without;
    }
    const auto best = std::max_element(out.probabilities.begin(), out.probabilities.end());
    out.best = static_cast<Kind>(best - out.probabilities.begin());
    // Coming again and again grounds nothing where SPF speaks against it: strangers come again too.
    out.grounded = own_network_ || authorised_ || listed_now() || g_.acs * 2 > g_.messages ||
                   steady_ || (days_ >= 2 && span_ >= 20 && junk_ < 0.5 && spf_fail_ < 0.5);
    out.signs = std::move(signs_);
    return out;
  }

  // What adds up does not make sure; it is no proof with these either (docs/senders.md has what
  // proves). Legitimate: an own network, or authentication that passed, on three days or more; a
  // stranger's repetition is none. Attack: five messages or more with marks that nobody's scanner
  // has, without a pass.
  void cap(std::array<double, weighed_kinds>& probabilities) const {
    constexpr double most = 0.88;
    double& attack = attack_in(probabilities);
    const bool proved = own_network_ || (authorised_ && days_ >= 3);
    const bool marked = g_.messages >= 5 && !steady_ &&
                        (junk_ >= 0.5 || share(g_.to_self, g_.messages) >= 0.5) && paths_ >= 1 &&
                        spf_pass_ < 0.5 && dkim_pass_ < 0.5 && published_pass_ < 0.5;
    const auto set_attack = [&](double probability) {
      const double scale = (1 - probability) / (1 - attack);
      for (double& each : probabilities)
        each *= scale;
      attack = probability;
    };
    if (!proved && attack < 1 - most) set_attack(1 - most);
    if (!marked && attack > most) set_attack(most);
  }

  [[nodiscard]] bool listed_now() const { return published_pass_ >= 0.9; }

  static constexpr std::size_t no_sign = static_cast<std::size_t>(-1);
  const Unit& g_;
  const Surroundings& around_;
  std::vector<Sign> signs_;
  std::uint64_t spf_known_ = 0, dkim_known_ = 0, dmarc_known_ = 0;
  double published_pass_ = 0, published_fail_ = 0;
  std::size_t not_listed_now_ = no_sign;  // number of that sign
  double spf_pass_ = 0, spf_fail_ = 0, dkim_pass_ = 0, dkim_none_ = 0;
  double exchange_ids_ = 0, mailboxes_ = 0, junk_ = 0;
  std::uint64_t paths_ = 0, days_ = 0;
  std::int64_t span_ = 0;
  bool own_network_ = false, authorised_ = false, steady_ = false;
  bool others_known_ = false;   // enough of other senders' mail to compare with
  bool ends_are_seen_ = false;  // the evidence goes on before and after it
};

}  // namespace

Weighing weigh(const Unit& group, const Surroundings& around) {
  return Scale(group, around).run();
}

}  // namespace postern::impact
