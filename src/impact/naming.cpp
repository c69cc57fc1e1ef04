#include "impact/naming.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::impact {
namespace {

using evidence::AuthResult;
using evidence::Delivery;
using policy::Reason;

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

// Words in a local part or subject that people give to machines.
bool sounds_like_device(std::string_view text) {
  for (const std::string_view word :
       {"scan", "print", "copier", "fax", "mfp", "ups-", "ups@", "nas@", "backup", "camera",
        "alarm", "sensor", "switch", "firewall", "ilo@", "idrac", "monitor"}) {
    if (ifind(text, word) != std::string_view::npos) return true;
  }
  return false;
}

class Namer {
 public:
  Namer(const Unit& group, const Thresholds& thresholds) : g_(group), t_(thresholds) {}

  Sender run() {
    copy_counts();
    measure();
    choose_name();
    if (g_.with_rejection.accept == g_.messages && !is_acs()) {
      covered();
    } else {
      weigh_for();
      weigh_against();
      conclude();
    }
    return std::move(out_);
  }

 private:
  void copy_counts() {
    out_.addresses = g_.addresses;
    out_.address_count = g_.address_count;
    out_.hostnames = g_.hosts.top(8);
    out_.reverse_paths = g_.path_samples.top(8);
    out_.reverse_path_count = g_.reverse_paths.count();
    out_.reverse_path_count_is_estimate = g_.reverse_paths.is_estimate();
    out_.subjects = g_.subjects;
    out_.message_ids = g_.message_ids;
    out_.messages = g_.messages;
    out_.days = g_.days.count();
    out_.first = g_.first;
    out_.last = g_.last;
    out_.recipients = g_.recipients.count();
    out_.recipients_is_estimate = g_.recipients.is_estimate();
    out_.spf = g_.spf;
    out_.dkim = g_.dkim;
    out_.dmarc = g_.dmarc;
    out_.compauth = g_.compauth;
    out_.delivery = g_.delivery;
    out_.now = g_.now;
    out_.with_rejection = g_.with_rejection;
    out_.missing = g_.missing;
    out_.notes = g_.notes;
    out_.connectors = g_.connectors;
    const auto most = std::max_element(g_.reasons.begin(), g_.reasons.end());
    out_.reason = static_cast<Reason>(most - g_.reasons.begin());
  }

  void measure() {
    spf_known_ = known(g_.spf);
    dkim_known_ = known(g_.dkim);
    dmarc_known_ = known(g_.dmarc);
    spf_pass_ = share(of(g_.spf, AuthResult::pass), spf_known_);
    dkim_pass_ = share(of(g_.dkim, AuthResult::pass), dkim_known_);
    dmarc_pass_ = share(of(g_.dmarc, AuthResult::pass), dmarc_known_);
    spf_fail_ = share(of(g_.spf, AuthResult::fail) + of(g_.spf, AuthResult::soft_fail), spf_known_);
    dkim_none_ = share(of(g_.dkim, AuthResult::none), dkim_known_);
    compauth_fail_ = share(of(g_.compauth, AuthResult::fail), known(g_.compauth));
    const auto delivered = [&](Delivery d) { return g_.delivery[static_cast<std::size_t>(d)]; };
    const std::uint64_t unwanted =
        delivered(Delivery::junk) + delivered(Delivery::quarantine) + delivered(Delivery::blocked);
    const std::uint64_t inbox = delivered(Delivery::inbox);
    unwanted_ = share(unwanted, unwanted + inbox);
    inbox_ = share(inbox, unwanted + inbox);
    span_days_ = g_.first && g_.last ? day_of(*g_.last) - day_of(*g_.first) + 1 : 0;
  }

  bool is_acs() const { return g_.service == acs_service; }

  void choose_name() {
    if (g_.service != no_service) {
      out_.name = service(g_.service).name;
      return;
    }
    for (const std::string& host : out_.hostnames) {
      const auto normal = normalise_domain(host);
      if (!normal || normal->find('.') == std::string::npos) continue;
      out_.name = g_.address_count > 1 ? std::string(organisation_of(*normal)) : *normal;
      return;
    }
    if (!g_.addresses.empty()) {
      out_.name = g_.addresses.front().text();
      if (g_.address_count > 1) out_.name += fmt::format(" and {} more", g_.address_count - 1);
    } else if (!out_.reverse_paths.empty()) {
      out_.name = out_.reverse_paths.front();
    } else {
      out_.name = g_.domain();
    }
  }

  void say(std::string reason) { out_.reasons.push_back(std::move(reason)); }

  void covered() {
    out_.looks = Looks::legitimate;
    out_.kind = Kind::covered;
    if (!g_.connectors.empty()) {
      say(fmt::format("attributed to connector '{}'", g_.connectors.front()));
    } else {
      say(fmt::format("accepted whatever the switch ({})", policy::name_of(out_.reason)));
    }
  }

  // --- signs that the sender is wanted ---

  void weigh_for() {
    if (dmarc_pass_ >= t_.nearly_all) {
      authorised_ = true;
      say(fmt::format(
          "DMARC passed on {} of {} messages: the domain's owner authorised this source",
          of(g_.dmarc, AuthResult::pass), dmarc_known_));
    } else if (spf_pass_ >= t_.nearly_all) {
      authorised_ = true;
      say(
          fmt::format("SPF passed for {} on {} of {} messages: the domain's owner listed this "
                      "source",
                      g_.domain(), of(g_.spf, AuthResult::pass), spf_known_));
    } else if (dkim_pass_ >= t_.nearly_all && dmarc_known_ == 0) {
      authorised_ = true;
      say(fmt::format("DKIM passed on {} of {} messages", of(g_.dkim, AuthResult::pass),
                      dkim_known_));
    }
    const std::uint64_t days = g_.days.count();
    steady_ = days >= t_.steady_days && span_days_ >= t_.steady_span_days &&
              g_.address_count <= t_.steady_addresses &&
              g_.reverse_paths.count() <= t_.steady_paths && inbox_ >= t_.nearly_all;
    if (steady_) {
      say(
          fmt::format("steady: {} days over {}, from {} address{}, as {} sender{}, delivered to "
                      "the inbox",
                      days, span_days_, g_.address_count, g_.address_count == 1 ? "" : "es",
                      g_.reverse_paths.count(), g_.reverse_paths.count() == 1 ? "" : "s"));
    }
    forwards_ = dkim_pass_ >= t_.nearly_all && spf_fail_ >= t_.most &&
                g_.reverse_paths.count() >= t_.forwarder_paths &&
                share(g_.own_message_ids, g_.messages) >= t_.most;
    if (forwards_) {
      say("SPF fails while DKIM passes, under Message-IDs of Exchange Online: your own mail, "
          "handed "
          "back by a forwarder that keeps the envelope sender");
    }
    if (g_.service != no_service) {
      say(fmt::format("server or Message-ID names are those of {} (a hint: names can be forged)",
                      service(g_.service).name));
    }
  }

  // --- signs of forgery ---

  void sign(bool present, int points, std::string reason) {
    if (!present) return;
    against_ += points;
    ++signs_;
    strong_against_ = strong_against_ || points > 1;
    say(std::move(reason));
  }

  void weigh_against() {
    if (authorised_) return;  // who may send for the domain can't be forging it
    const std::uint64_t days = g_.days.count();
    sign(compauth_fail_ >= t_.most, 1,
         fmt::format("composite authentication failed on {} of {} messages",
                     of(g_.compauth, AuthResult::fail), known(g_.compauth)));
    sign(spf_fail_ >= t_.nearly_all && dkim_none_ >= t_.nearly_all, 1,
         "SPF fails and nothing is signed");
    sign(unwanted_ >= t_.most, 2, "most of it went to junk or quarantine");
    sign(g_.messages >= 3 && share(g_.to_self, g_.messages) >= t_.most, 2,
         "most of it claims to come from its own recipient");
    sign(days > 0 && days <= t_.burst_days && g_.messages >= t_.burst_messages, 1,
         fmt::format("{} messages within {} day{}, then nothing", g_.messages, days,
                     days == 1 ? "" : "s"));
    sign(g_.reverse_paths.count() >= t_.many_paths && days <= t_.many_paths_days, 2,
         fmt::format("{} different people as sender", g_.reverse_paths.count()));
    sign(share(g_.bracketed_helo, g_.messages) >= t_.most, 1,
         "the client greets with a bare address, as mail servers do not");
    sign(share(g_.no_reverse_name, g_.messages) >= t_.most, 1, "the address has no reverse name");
  }

  void conclude() {
    const bool wanted = authorised_ || forwards_ || (steady_ && !strong_against_);
    if (wanted) {
      out_.looks = Looks::legitimate;
    } else if (against_ >= t_.forged_points && signs_ >= t_.forged_signs && !steady_) {
      out_.looks = Looks::forged;
    } else {
      out_.looks = Looks::unclear;
    }
    if (is_acs()) {
      out_.kind = Kind::azure_communication_services;
    } else if (out_.looks == Looks::forged) {
      out_.kind = Kind::spoofer;
    } else if (forwards_) {
      out_.kind = Kind::forwarder;
    } else if (g_.service != no_service && (authorised_ || dkim_pass_ >= t_.nearly_all)) {
      out_.kind = Kind::online_service;
    } else if (out_.looks == Looks::legitimate) {
      out_.kind = is_device() ? Kind::device : Kind::application;
    }
    if (out_.looks == Looks::unclear) {
      say("no proof either way: ask who owns this source before you decide");
    }
  }

  bool is_device() const {
    if (g_.address_count > 2 || g_.reverse_paths.count() > 2) return false;
    for (const std::string& path : out_.reverse_paths) {
      if (sounds_like_device(path)) return true;
    }
    for (const std::string& subject : g_.subjects) {
      if (sounds_like_device(subject)) return true;
    }
    return false;
  }

  const Unit& g_;
  const Thresholds& t_;
  Sender out_;

  std::uint64_t spf_known_ = 0, dkim_known_ = 0, dmarc_known_ = 0;
  double spf_pass_ = 0, dkim_pass_ = 0, dmarc_pass_ = 0;
  double spf_fail_ = 0, dkim_none_ = 0, compauth_fail_ = 0;
  double unwanted_ = 0, inbox_ = 0;
  std::int64_t span_days_ = 0;
  bool authorised_ = false, steady_ = false, forwards_ = false;
  int against_ = 0, signs_ = 0;
  bool strong_against_ = false;
};

}  // namespace

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::covered:
      return "covered";
    case Kind::device:
      return "device";
    case Kind::application:
      return "application";
    case Kind::online_service:
      return "online service";
    case Kind::azure_communication_services:
      return "Azure Communication Services";
    case Kind::forwarder:
      return "forwarder";
    case Kind::spoofer:
      return "spoofer";
    case Kind::unknown:
      break;
  }
  return "unknown";
}

std::string_view name_of(Looks looks) noexcept {
  switch (looks) {
    case Looks::legitimate:
      return "legitimate";
    case Looks::forged:
      return "forged";
    case Looks::unclear:
      break;
  }
  return "unclear";
}

Sender name_sender(const Unit& group, const Thresholds& thresholds) {
  return Namer(group, thresholds).run();
}

}  // namespace postern::impact
