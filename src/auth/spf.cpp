#include "auth/spf.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "auth/spf_macro.hpp"
#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

enum class Match : std::uint8_t { no, yes, temp_error, perm_error };

SpfResult result_of(SpfQualifier qualifier) noexcept {
  switch (qualifier) {
    case SpfQualifier::pass:
      return SpfResult::pass;
    case SpfQualifier::fail:
      return SpfResult::fail;
    case SpfQualifier::soft_fail:
      return SpfResult::soft_fail;
    case SpfQualifier::neutral:
      break;
  }
  return SpfResult::neutral;
}

bool within(IpAddress ip, IpAddress network, unsigned length_v4, unsigned length_v6) noexcept {
  const unsigned bits = ip.is_v4() ? 96 + length_v4 : length_v6;
  if (bits == 0) return true;
  return ((ip.key() ^ network.key()) >> (128 - bits)) == 0;
}

// RFC 7208, 4.3: not a name that could be looked up means that there is nothing to check.
bool can_be_checked(std::string_view domain) noexcept {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.empty() || domain.size() > 253 || domain.find('.') == std::string_view::npos ||
      domain.front() == '[') {
    return false;
  }
  std::size_t label = 0;
  for (const char c : domain) {
    if (c != '.') {
      ++label;
    } else if (label == 0 || label > 63) {
      return false;
    } else {
      label = 0;
    }
  }
  return label > 0 && label <= 63;
}

// A record as the trail shows it.
std::string shortened(std::string_view text) {
  constexpr std::size_t longest = 2000;
  return text.size() <= longest
             ? std::string(text)
             : fmt::format("{}... ({} octets)", text.substr(0, longest), text.size());
}

class SpfEvaluation {
 public:
  /// `query` and `options` stay until it is done.
  SpfEvaluation(Resolver& resolver, const SpfQuery& query, const SpfOptions& options)
      : resolver_(resolver), query_(query), options_(options) {
    const std::string_view path = query_.mail_from;
    out_.identity_is_helo = path.empty();
    if (path.empty()) {
      sender_domain_ = query_.helo;
    } else {
      const std::size_t at = path.rfind('@');
      sender_domain_ = path.substr(at == std::string_view::npos ? 0 : at + 1);
      // RFC 7208, 4.3: a sender without a local part is postmaster.
      if (at != std::string_view::npos && at > 0) local_part_ = path.substr(0, at);
    }
    out_.domain = sender_domain_;
  }

  [[nodiscard]] std::string_view domain() const noexcept { return sender_domain_; }
  SpfOutcome conclude(SpfResult result) {
    out_.result = result;
    return std::move(out_);
  }

  /// RFC 7208, 4.4 to 4.6: the domain's one record, and its terms in order. `domain` stays until it
  /// is done. All that most records need is done here, since each further coroutine costs as much
  /// as a look-up that is at hand.
  Task<SpfResult> check_host(std::string_view domain, unsigned depth) {
    if (!can_be_checked(domain)) {
      if (depth == 0) note(depth, domain, {}, "is no domain name that can be looked up");
      co_return SpfResult::none;
    }
    glance asked(resolver_, domain, RecordType::txt);
    co_await asked;
    std::shared_ptr<const SpfRecord> record;
    const SpfResult fault = read_record(asked.answer(), domain, depth, record);
    if (record == nullptr) co_return fault;
    std::string expanded;
    for (const SpfTerm& term : record->terms()) {
      Match match = Match::no;
      if (!needs_lookup(term.mechanism)) {
        match = covers(term) ? Match::yes : Match::no;
      } else if (!count_lookup()) {
        match = Match::perm_error;
      } else {
        std::string_view target = domain;
        if (term.has_macros) {
          if (uses_validated_name(term.domain_spec)) co_await find_validated_names();
          expanded = expand_spf_macros(term.domain_spec, values_for(domain), SpfMacroPlace::domain);
          target = expanded;
        } else if (!term.domain_spec.empty()) {
          target = term.domain_spec;
          if (target.ends_with('.')) target.remove_suffix(1);
        }
        if (term.mechanism == SpfMechanism::include) {
          const SpfResult included = co_await check_host(target, depth + 1);
          match = judge_include(included, target);
        } else if (term.mechanism == SpfMechanism::mx) {
          match = co_await has_exchange(target, term);
        } else if (term.mechanism == SpfMechanism::ptr) {
          match = co_await has_name(target);
        } else {
          // RFC 7208, 5.7: exists asks for A whatever the client's family.
          const bool exists = term.mechanism == SpfMechanism::exists;
          const RecordType type = exists ? RecordType::a : address_type();
          glance addresses(resolver_, target, type);
          co_await addresses;
          match = judge(addresses.answer().status, target);
          if (match == Match::yes && !exists) match = names_client(addresses.answer(), term);
        }
      }
      if (match == Match::temp_error || match == Match::perm_error) {
        const SpfResult result =
            match == Match::temp_error ? SpfResult::temp_error : SpfResult::perm_error;
        co_return error(result, depth, domain, term.text, problem_);
      }
      if (match != Match::yes) {
        note_no_match(depth, domain, term.text);
        continue;
      }
      note(depth, domain, term.text, "matched");
      const SpfResult result = result_of(term.qualifier);
      if (result == SpfResult::fail && depth == 0 && options_.explain &&
          !record->explanation().empty()) {
        out_.explanation = co_await explain(record->explanation(), domain);
      }
      co_return result;
    }
    if (record->redirect().empty()) {
      note(depth, domain, {}, "nothing matched: neutral");
      co_return SpfResult::neutral;
    }
    co_return co_await follow(*record, domain, depth);
  }

 private:
  void note(unsigned depth, std::string_view domain, std::string_view term,
            std::string_view outcome) {
    if (!options_.keep_trail) return;
    out_.trail.push_back(
        {depth, std::string(domain), std::string(term), std::string(outcome), lookups_});
  }

  /// The one kind of step that a record can have any number of.
  void note_no_match(unsigned depth, std::string_view domain, std::string_view term) {
    if (!options_.keep_trail) return;
    if (out_.trail.size() < options_.limits.trail_steps) {
      note(depth, domain, term, "no match");
    } else if (!trail_is_cut_) {
      trail_is_cut_ = true;
      note(depth, domain, {}, "further terms that do not match are not listed");
    }
  }

  SpfResult error(SpfResult result, unsigned depth, std::string_view domain, std::string_view term,
                  std::string_view what) {
    if (options_.keep_trail) {
      note(depth, domain, term,
           fmt::format("{} error: {}", result == SpfResult::temp_error ? "temporary" : "permanent",
                       what));
    }
    if (out_.problem.empty()) {
      out_.problem = fmt::format("{}: {}{}{}", domain, term, term.empty() ? "" : ": ", what);
    }
    return result;
  }

  /// RFC 7208, 4.4 and 4.5. Null where there is no record to evaluate: the result says why.
  SpfResult read_record(const DnsAnswer& answer, std::string_view domain, unsigned depth,
                        std::shared_ptr<const SpfRecord>& record) {
    if (is_temporary(answer.status)) {
      return error(SpfResult::temp_error, depth, domain, {},
                   fmt::format("looking up its record: {}", name_of(answer.status)));
    }
    const std::string* found = nullptr;
    for (const std::string& text : answer.texts) {
      if (!is_spf_record(text)) continue;
      if (found != nullptr) {
        return error(SpfResult::perm_error, depth, domain, {}, "has more than one SPF record");
      }
      found = &text;
    }
    if (found == nullptr) {
      note(depth, domain, {}, "has no SPF record");
      return SpfResult::none;
    }
    const auto take = [&](const Result<std::shared_ptr<const SpfRecord>>& parsed) {
      if (!parsed) return error(SpfResult::perm_error, depth, domain, {}, parsed.error().what);
      if (options_.keep_trail) note(depth, domain, {}, shortened(*found));
      record = *parsed;
      return SpfResult::none;
    };
    return options_.cache != nullptr ? take(options_.cache->parse(*found))
                                     : take(SpfRecord::parse(*found));
  }

  static bool needs_lookup(SpfMechanism mechanism) noexcept {
    return mechanism != SpfMechanism::all && mechanism != SpfMechanism::ip4 &&
           mechanism != SpfMechanism::ip6;
  }

  /// What all, ip4 and ip6 say.
  [[nodiscard]] bool covers(const SpfTerm& term) const noexcept {
    if (term.mechanism == SpfMechanism::all) return true;
    if (query_.ip.is_v4() != (term.mechanism == SpfMechanism::ip4)) return false;
    return within(query_.ip, term.network, term.prefix_v4, term.prefix_v6);
  }

  [[nodiscard]] Match names_client(const DnsAnswer& answer, const SpfTerm& term) const noexcept {
    for (const IpAddress address : answer.addresses) {
      if (within(query_.ip, address, term.prefix_v4, term.prefix_v6)) return Match::yes;
    }
    return Match::no;
  }

  // RFC 7208, 6.1
  Task<SpfResult> follow(const SpfRecord& record, std::string_view domain, unsigned depth) {
    const std::string term = fmt::format("redirect={}", record.redirect());
    if (!count_lookup()) {
      co_return error(SpfResult::perm_error, depth, domain, term, problem_);
    }
    if (uses_validated_name(record.redirect())) co_await find_validated_names();
    const std::string target =
        expand_spf_macros(record.redirect(), values_for(domain), SpfMacroPlace::domain);
    if (options_.keep_trail) note(depth, domain, term, fmt::format("goes on with {}", target));
    const SpfResult result = co_await check_host(target, depth);
    if (result == SpfResult::none) {
      co_return error(SpfResult::perm_error, depth, domain, term,
                      fmt::format("{} has no SPF record", target));
    }
    co_return result;
  }

  bool count_lookup() {
    if (++lookups_ <= options_.limits.terms_with_lookups) return true;
    problem_ = fmt::format("more than {} terms that need lookups (RFC 7208, 4.6.4)",
                           options_.limits.terms_with_lookups);
    return false;
  }

  Match fail_with(Match match, std::string what) {
    problem_ = std::move(what);
    return match;
  }

  /// What a lookup's status means for the term; yes stands for "go on".
  Match judge(DnsStatus status, std::string_view name) {
    if (is_temporary(status)) {
      return fail_with(Match::temp_error,
                       fmt::format("looking up {}: {}", printable(name), name_of(status)));
    }
    if (is_void(status) && ++voids_ > options_.limits.void_lookups) {
      return fail_with(Match::perm_error,
                       fmt::format("more than {} lookups that find nothing (RFC 7208, 4.6.4)",
                                   options_.limits.void_lookups));
    }
    return status == DnsStatus::success ? Match::yes : Match::no;
  }

  // RFC 7208, 5.2
  Match judge_include(SpfResult included, std::string_view name) {
    switch (included) {
      case SpfResult::pass:
        return Match::yes;
      case SpfResult::temp_error:
      case SpfResult::perm_error:
        // What is wrong is told already, where it is.
        if (options_.keep_trail) problem_ = fmt::format("in the record of {}", name);
        return included == SpfResult::temp_error ? Match::temp_error : Match::perm_error;
      case SpfResult::none:
        return fail_with(Match::perm_error, fmt::format("{} has no SPF record", name));
      default:
        return Match::no;
    }
  }

  [[nodiscard]] RecordType address_type() const noexcept {
    return query_.ip.is_v4() ? RecordType::a : RecordType::aaaa;
  }

  // RFC 7208, 5.3
  Task<Match> has_address(std::string_view name, const SpfTerm& term) {
    glance asked(resolver_, name, address_type());
    co_await asked;
    const Match match = judge(asked.answer().status, name);
    co_return match == Match::yes ? names_client(asked.answer(), term) : match;
  }

  // RFC 7208, 5.4
  Task<Match> has_exchange(std::string_view name, const SpfTerm& term) {
    DnsAnswer answer = co_await lookup(resolver_, name, RecordType::mx);
    if (const Match match = judge(answer.status, name); match != Match::yes) co_return match;
    if (answer.exchanges.size() > options_.limits.names_a_term) {
      co_return fail_with(Match::perm_error, fmt::format("{} has more than {} MX records", name,
                                                         options_.limits.names_a_term));
    }
    for (const MailExchange& exchange : answer.exchanges) {
      if (exchange.host.empty()) continue;  // null MX, RFC 7505
      const Match match = co_await has_address(exchange.host, term);
      if (match != Match::no) co_return match;
    }
    co_return Match::no;
  }

  // RFC 7208, 5.5: names of the address that lead back to it. Failures mean no name.
  Task<bool> find_validated_names() {
    if (names_known_) co_return true;
    names_known_ = true;
    DnsAnswer pointers = co_await lookup(resolver_, reverse_name(query_.ip), RecordType::ptr);
    if (pointers.names.size() > options_.limits.names_a_term) {
      pointers.names.resize(options_.limits.names_a_term);
    }
    for (std::string& name : pointers.names) {
      const DnsAnswer answer = co_await lookup(resolver_, name, address_type());
      if (std::find(answer.addresses.begin(), answer.addresses.end(), query_.ip) !=
          answer.addresses.end()) {
        validated_names_.push_back(to_lower(name));
      }
    }
    co_return true;
  }

  Task<Match> has_name(std::string_view target) {
    co_await find_validated_names();
    const std::string wanted = to_lower(target);
    for (const std::string& name : validated_names_) {
      if (is_same_or_subdomain(name, wanted)) co_return Match::yes;
    }
    co_return Match::no;
  }

  // RFC 7208, 7.3: the checked domain itself, else below it, else any.
  [[nodiscard]] std::string_view validated_name(std::string_view domain) const {
    const std::string wanted = to_lower(domain);
    std::string_view best;
    for (const std::string& name : validated_names_) {
      if (name == wanted) return name;
      const bool below = is_same_or_subdomain(name, wanted);
      if (best.empty() || (below && !is_same_or_subdomain(best, wanted))) best = name;
    }
    return best;
  }

  /// After find_validated_names(), where the macros use them.
  [[nodiscard]] SpfMacroValues values_for(std::string_view domain) const {
    SpfMacroValues values;
    values.local_part = local_part_;
    values.sender_domain = sender_domain_;
    values.domain = domain;
    values.helo = query_.helo;
    values.receiver = query_.receiver;
    values.ip = query_.ip;
    if (!validated_names_.empty()) values.validated = validated_name(domain);
    values.now = query_.now;
    return values;
  }

  // RFC 7208, 6.2: whatever goes wrong, there is no explanation.
  Task<std::string> explain(std::string_view spec, std::string_view domain) {
    if (uses_validated_name(spec)) co_await find_validated_names();
    const std::string name = expand_spf_macros(spec, values_for(domain), SpfMacroPlace::domain);
    if (!can_be_checked(name)) co_return {};
    const DnsAnswer answer = co_await lookup(resolver_, name, RecordType::txt);
    if (answer.texts.size() != 1 ||
        !spf_macro_fault(answer.texts[0], SpfMacroPlace::explanation).empty()) {
      co_return {};
    }
    if (uses_validated_name(answer.texts[0])) co_await find_validated_names();
    std::string text =
        expand_spf_macros(answer.texts[0], values_for(domain), SpfMacroPlace::explanation);
    // It goes into an SMTP reply, and what macros bring in is the sender's.
    constexpr std::size_t longest = 512;
    if (text.size() > longest) text.resize(longest);
    for (char& c : text) {
      if (c < ' ' || c > '~') c = '?';
    }
    co_return text;
  }

  Resolver& resolver_;
  const SpfQuery& query_;
  const SpfOptions& options_;
  SpfOutcome out_;
  std::string_view local_part_ = "postmaster";
  std::string_view sender_domain_;
  unsigned lookups_ = 0;
  unsigned voids_ = 0;
  std::string problem_;  // of the term being evaluated
  bool trail_is_cut_ = false;
  bool names_known_ = false;
  std::vector<std::string> validated_names_;
};

}  // namespace

std::string_view word_of(SpfResult result) noexcept {
  constexpr std::string_view words[] = {"none",    "pass",      "fail",     "softfail",
                                        "neutral", "temperror", "permerror"};
  return words[static_cast<std::size_t>(result)];
}

Task<SpfOutcome> check_spf(Resolver& resolver, SpfQuery query, SpfOptions options) {
  SpfEvaluation evaluation(resolver, query, options);
  const SpfResult result = co_await evaluation.check_host(evaluation.domain(), 0);
  co_return evaluation.conclude(result);
}

}  // namespace postern::auth
