#include "auth/dmarc.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

std::size_t labels_of(std::string_view name) noexcept {
  return name.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(name.begin(), name.end(), '.'));
}

// The last `count` labels.
std::string_view last_labels(std::string_view name, std::size_t count) noexcept {
  while (labels_of(name) > count)
    name = parent_domain(name);
  return name;
}

bool ends_walk(const WalkStep& step) noexcept {
  return step.record && step.record->psd != 'u';
}

std::string told(const WalkStep& step) {
  if (step.records > 1) {
    return fmt::format("_dmarc.{}: {} DMARC records, so none counts", step.name, step.records);
  }
  if (step.record) return fmt::format("_dmarc.{}: {}", step.name, printable(step.text));
  if (step.status == DnsStatus::success) {
    return step.no_record.empty()
               ? fmt::format("_dmarc.{}: no DMARC record among its texts", step.name)
               : fmt::format("_dmarc.{}: is no DMARC record: {}", step.name,
                             printable(step.no_record));
  }
  return fmt::format("_dmarc.{}: {}", step.name, name_of(step.status));
}

Task<WalkStep> ask(Resolver& resolver, std::string name) {
  const std::string question = "_dmarc." + name;
  const DnsAnswer answer = co_await lookup(resolver, question, RecordType::txt);
  WalkStep step;
  step.name = std::move(name);
  step.status = answer.status;
  for (const std::string& text : answer.texts) {
    if (!is_dmarc_record(text)) {
      if (step.no_record.empty() && is_meant_as_dmarc(text)) step.no_record = text;
      continue;
    }
    if (++step.records == 1) step.text = text;
  }
  // RFC 9989, 4.10: of several records none counts.
  if (step.records == 1) {
    step.record = parse_dmarc_record(step.text);
  } else {
    step.text.clear();
  }
  co_return step;
}

// Goes on where `walk` stopped; the first `most` names only.
Task<Walk> walk_on(Resolver& resolver, std::string domain, Walk walk, std::size_t most) {
  const std::vector<std::string> names = tree_walk_names(domain);
  const std::size_t end = std::min(most, names.size());
  while (!walk.failed && walk.steps.size() < end) {
    if (!walk.steps.empty() && ends_walk(walk.steps.back())) break;
    WalkStep step = co_await ask(resolver, names[walk.steps.size()]);
    walk.failed = is_temporary(step.status);
    walk.steps.push_back(std::move(step));
  }
  if (!walk.failed) walk.organizational_domain = select_organizational_domain(walk.steps, domain);
  co_return walk;
}

constexpr std::size_t whole_walk = 8;

const WalkStep* record_at(const Walk& walk, std::string_view name) noexcept {
  for (const WalkStep& step : walk.steps) {
    if (step.record && step.name == name) return &step;
  }
  return nullptr;
}

std::string_view method_word(AuthenticatedIdentifier::Method method) noexcept {
  return method == AuthenticatedIdentifier::Method::spf ? "spf" : "dkim";
}

DmarcPolicy one_step_lower(DmarcPolicy policy) noexcept {
  return policy == DmarcPolicy::reject ? DmarcPolicy::quarantine : DmarcPolicy::none;
}

std::string_view words_of(Aligned aligned) noexcept {
  return aligned == Aligned::yes  ? "aligned"
         : aligned == Aligned::no ? "not aligned"
                                  : "alignment can't be determined";
}

// Only names that end in the same label can be of one organisation.
Aligned aligned_without_dns(std::string_view domain, std::string_view author) noexcept {
  if (domain == author) return Aligned::yes;
  return last_labels(domain, 1) == last_labels(author, 1) ? Aligned::unknown : Aligned::no;
}

class DmarcEvaluation {
 public:
  DmarcEvaluation(Resolver& resolver, DmarcInput input)
      : resolver_(resolver), in_(std::move(input)) {}

  Task<DmarcOutcome> run() {
    if (auto nobody = without_one_author(in_)) co_return std::move(*nobody);
    out_.author_domain = in_.from_domains.front();
    const bool applies = co_await find_policy();
    co_await align_all(in_.passed, out_.alignments, "");
    co_await align_all(in_.undetermined, out_.awaited, "could not be checked, ");
    if (applies) {
      co_await conclude();
    }
    co_return std::move(out_);
  }

 private:
  void end(DmarcResult result, std::string detail) {
    out_.result = result;
    out_.detail = std::move(detail);
  }

  void tell(const Walk& walk, std::size_t from = 0) {
    for (std::size_t i = from; i < walk.steps.size(); ++i)
      out_.trail.push_back(told(walk.steps[i]));
  }

  // RFC 9989, 4.10.1. False where the outcome is told already.
  Task<bool> find_policy() {
    const std::string& author = out_.author_domain;
    walk_ = co_await walk_on(resolver_, author, std::move(walk_), 1);
    const WalkStep* source = record_at(walk_, author);
    if (source == nullptr && !walk_.failed) {
      co_await walk_whole();
      source = record_at(walk_, walk_.organizational_domain);
      // What stopped the walk above the organisation is the public suffix's.
      if (source == nullptr && !walk_.steps.empty() && ends_walk(walk_.steps.back())) {
        source = &walk_.steps.back();
      }
    }
    tell(walk_);
    if (walk_.failed) {
      end(DmarcResult::temp_error, fmt::format("_dmarc.{}: {}", walk_.steps.back().name,
                                               name_of(walk_.steps.back().status)));
      co_return false;
    }
    if (source == nullptr) {
      out_.organizational_domain = walk_.organizational_domain;
      end(DmarcResult::none, absence());
      co_return false;
    }
    out_.policy_domain = source->name;
    out_.record = source->text;
    record_ = *source->record;
    const bool chosen = co_await choose_policy();
    co_return chosen;
  }

  std::string absence() {
    std::string what = fmt::format("no DMARC policy is published for {}", out_.author_domain);
    for (const WalkStep& step : walk_.steps) {
      if (step.no_record.empty()) continue;
      out_.no_record = step.no_record;
      out_.no_record_domain = step.name;
      return what + fmt::format(": the text at _dmarc.{} is no DMARC record", step.name);
    }
    return what;
  }

  Task<bool> walk_whole() {
    walk_ = co_await walk_on(resolver_, out_.author_domain, std::move(walk_), whole_walk);
    whole_ = true;
    co_return !walk_.failed;
  }

  Task<bool> choose_policy() {
    out_.testing = record_.testing;
    out_.published_tag = "p";
    if (!record_.p || record_.invalid_policy) {
      const std::string_view fault = record_.invalid_policy
                                         ? "holds a policy that is none, nor quarantine, nor reject"
                                         : "lacks p=";
      if (record_.rua.empty()) {
        end(DmarcResult::none,
            fmt::format("the record at _dmarc.{} {}, and no rua= makes up for it",
                        out_.policy_domain, fault));
        co_return false;
      }
      out_.trail.push_back(fmt::format("the record {}: it counts as p=none", fault));
      co_return true;
    }
    out_.published = *record_.p;
    if (out_.policy_domain == out_.author_domain) co_return true;
    if (record_.sp) {
      out_.published = *record_.sp;
      out_.published_tag = "sp";
    }
    if (!record_.np) co_return true;
    // RFC 9989, A.4: a name exists unless DNS says NXDOMAIN.
    const DnsAnswer answer = co_await lookup(resolver_, out_.author_domain, RecordType::a);
    out_.trail.push_back(fmt::format("{} A: {}", out_.author_domain, name_of(answer.status)));
    if (is_temporary(answer.status)) {
      end(DmarcResult::temp_error,
          fmt::format("whether {} exists: {}", out_.author_domain, name_of(answer.status)));
      co_return false;
    }
    if (answer.status == DnsStatus::nonexistent_name) {
      out_.published = *record_.np;
      out_.published_tag = "np";
    }
    co_return true;
  }

  // RFC 9989, 4.10.2. `organization`: of `domain`, where it had to be found.
  Task<Aligned> align(std::string domain, bool strict, std::string& organization) {
    if (domain == out_.author_domain) co_return Aligned::yes;
    if (strict) co_return Aligned::no;
    if (!whole_ && !walk_.failed) {
      const std::size_t told_already = walk_.steps.size();
      co_await walk_whole();
      tell(walk_, told_already);
    }
    if (walk_.failed) co_return aligned_without_dns(domain, out_.author_domain);
    out_.organizational_domain = walk_.organizational_domain;
    // A name's organisation is the name itself or above it.
    if (!is_same_or_subdomain(domain, walk_.organizational_domain)) co_return Aligned::no;
    auto found = walks_.find(domain);
    if (found == walks_.end()) {
      Walk walk = co_await walk_tree(resolver_, domain);
      tell(walk);
      found = walks_.emplace(domain, std::move(walk)).first;
    }
    if (found->second.failed) co_return Aligned::unknown;
    organization = found->second.organizational_domain;
    co_return organization == walk_.organizational_domain ? Aligned::yes : Aligned::no;
  }

  Task<bool> align_all(std::vector<AuthenticatedIdentifier>& identifiers,
                       std::vector<Alignment>& alignments, std::string_view before) {
    for (AuthenticatedIdentifier& each : identifiers) {
      const bool strict = each.method == AuthenticatedIdentifier::Method::spf ? record_.strict_spf
                                                                              : record_.strict_dkim;
      Alignment alignment;
      alignment.aligned = co_await align(each.domain, strict, alignment.organizational_domain);
      out_.trail.push_back(fmt::format("{} {}: {}{}", method_word(each.method), each.domain, before,
                                       words_of(alignment.aligned)));
      alignment.identifier = std::move(each);
      alignments.push_back(std::move(alignment));
    }
    co_return true;
  }

  Task<bool> conclude() {
    // Where no walk was needed, the author domain has its own record.
    for (const Alignment& each : out_.alignments) {
      if (each.aligned != Aligned::yes) continue;
      if (out_.organizational_domain.empty()) out_.organizational_domain = out_.author_domain;
      end(DmarcResult::pass,
          fmt::format("{} passes for {}, which is aligned", method_word(each.identifier.method),
                      each.identifier.domain));
      co_return true;
    }
    const auto unknown = [](const Alignment& each) { return each.aligned == Aligned::unknown; };
    if (std::any_of(out_.alignments.begin(), out_.alignments.end(), unknown)) {
      end(DmarcResult::temp_error, "DNS does not tell the organisation of a domain that passes");
      co_return true;
    }
    if (may_still_pass()) {
      end(DmarcResult::temp_error, "SPF or DKIM of an aligned domain can't be determined now");
      co_return true;
    }
    const bool spf_missing = co_await spf_is_missing();
    if (spf_missing) {
      end(DmarcResult::temp_error,
          "not determined: SPF was not checked, as the client's address is not known, and may "
          "pass");
      co_return true;
    }
    if (out_.organizational_domain.empty() && whole_) {
      out_.organizational_domain = walk_.organizational_domain;
    }
    end(DmarcResult::fail,
        out_.alignments.empty()
            ? std::string("neither SPF nor DKIM passes")
            : fmt::format("nothing that passes is aligned with {}", out_.author_domain));
    out_.applied = record_.testing ? one_step_lower(out_.published) : out_.published;
    co_return true;
  }

  // Whether SPF, had it been checked, could have passed for an aligned domain.
  Task<bool> spf_is_missing() {
    if (!in_.spf_not_checked) co_return false;
    if (in_.spf_unchecked_domain.empty()) co_return true;
    std::string organization;
    const Aligned aligned =
        co_await align(in_.spf_unchecked_domain, record_.strict_spf, organization);
    co_return aligned != Aligned::no;
  }

  [[nodiscard]] bool may_still_pass() const {
    if (!in_.spf_temp_error && !in_.dkim_temp_error) return false;
    if (out_.awaited.empty()) return true;
    return std::any_of(out_.awaited.begin(), out_.awaited.end(),
                       [](const Alignment& each) { return each.aligned != Aligned::no; });
  }

  Resolver& resolver_;
  DmarcInput in_;
  DmarcOutcome out_;
  DmarcRecord record_;                 // as it applies; the defaults where none does
  Walk walk_;                          // of the author domain
  bool whole_ = false;                 // walk_ went all the way
  std::map<std::string, Walk> walks_;  // of identifiers
};

}  // namespace

std::string_view word_of(DmarcResult result) noexcept {
  switch (result) {
    case DmarcResult::pass:
      return "pass";
    case DmarcResult::fail:
      return "fail";
    case DmarcResult::temp_error:
      return "temperror";
    case DmarcResult::perm_error:
      return "permerror";
    case DmarcResult::none:
      break;
  }
  return "none";
}

std::vector<std::string> tree_walk_names(std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  std::vector<std::string> names;
  if (domain.empty()) return names;
  names.emplace_back(domain);
  for (std::string_view name = last_labels(parent_domain(domain), 7); !name.empty();
       name = parent_domain(name)) {
    names.emplace_back(name);
  }
  return names;
}

std::string select_organizational_domain(const std::vector<WalkStep>& steps,
                                         std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  std::string_view shortest = domain;
  for (const WalkStep& step : steps) {
    if (!step.record) continue;
    if (step.record->psd == 'n') return step.name;
    if (step.record->psd == 'y' && step.name != domain) {
      return std::string(last_labels(domain, labels_of(step.name) + 1));
    }
    shortest = step.name;
  }
  return std::string(shortest);
}

Task<Walk> walk_tree(Resolver& resolver, std::string domain) {
  // Not {} among the arguments: GCC 12 frees what such a temporary holds twice.
  Walk nothing;
  Walk walk = co_await walk_on(resolver, std::move(domain), std::move(nothing), whole_walk);
  co_return walk;
}

std::optional<DmarcOutcome> without_one_author(const DmarcInput& input) {
  DmarcOutcome out;
  out.result = DmarcResult::perm_error;
  if (input.from_unreadable) {
    out.detail = "the From field can't be read whole";
  } else if (input.from_fields > 1) {
    out.detail =
        fmt::format("the header has {} From fields, DMARC knows one author", input.from_fields);
  } else if (input.from_domains.empty()) {
    out.result = DmarcResult::none;
    out.detail = "the From field names no domain";
  } else if (input.from_domains.size() > 1) {
    out.detail = fmt::format("the From field names {} domains, DMARC knows one author",
                             input.from_domains.size());
  } else {
    return std::nullopt;
  }
  return out;
}

DmarcOutcome dmarc_without_dns(DmarcInput input) {
  if (auto nobody = without_one_author(input)) return std::move(*nobody);
  DmarcOutcome out;
  out.result = DmarcResult::temp_error;
  out.detail = "DNS took too long";
  out.author_domain = std::move(input.from_domains.front());
  const auto align = [&out](std::vector<AuthenticatedIdentifier>& identifiers,
                            std::vector<Alignment>& alignments) {
    for (AuthenticatedIdentifier& each : identifiers) {
      const Aligned aligned = aligned_without_dns(each.domain, out.author_domain);
      alignments.push_back({std::move(each), aligned, {}});
    }
  };
  align(input.passed, out.alignments);
  align(input.undetermined, out.awaited);
  return out;
}

Task<DmarcOutcome> evaluate_dmarc(Resolver& resolver, DmarcInput input) {
  std::vector<std::string>& domains = input.from_domains;
  std::sort(domains.begin(), domains.end());
  domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
  std::erase(domains, std::string());
  DmarcEvaluation evaluation(resolver, std::move(input));
  DmarcOutcome outcome = co_await evaluation.run();
  co_return outcome;
}

}  // namespace postern::auth
