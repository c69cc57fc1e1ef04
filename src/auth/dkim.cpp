#include "auth/dkim.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

DkimReason reason_of(SignatureFault::Kind kind) noexcept {
  switch (kind) {
    case SignatureFault::Kind::malformed:
      return DkimReason::malformed_signature;
    case SignatureFault::Kind::unsupported:
      return DkimReason::unsupported;
    case SignatureFault::Kind::from_not_signed:
      return DkimReason::from_not_signed;
    case SignatureFault::Kind::identity_mismatch:
      break;
  }
  return DkimReason::identity_mismatch;
}

void describe(const DkimSignature& signature, DkimOutcome& outcome) {
  outcome.domain = signature.domain;
  outcome.selector = signature.selector;
  outcome.identity = signature.identity;
  outcome.algorithm = signature.algorithm_name;
  outcome.canonicalisation =
      fmt::format("{}/{}", name_of(signature.header), name_of(signature.body));
  outcome.signature_start = signature.signature_start;
  outcome.signed_at = signature.signed_at;
  outcome.expires_at = signature.expires_at;
  outcome.length_limited = signature.body_length.has_value();
}

void conclude(DkimOutcome& outcome, DkimResult result, DkimReason reason, std::string detail) {
  outcome.result = result;
  outcome.reason = reason;
  outcome.detail = std::move(detail);
}

SignatureJudgement judgement(DkimResult result, DkimReason reason, std::string detail) {
  SignatureJudgement out;
  out.result = result;
  out.reason = reason;
  out.detail = std::move(detail);
  return out;
}

// One key record against the signature.
SignatureJudgement judge_record(Crypto& crypto, std::string_view text,
                                const DkimSignature& signature, const Digest& header_digest) {
  const auto record = parse_key_record(text);
  if (!record) {
    return judgement(DkimResult::perm_error, DkimReason::malformed_key,
                     "the key record " + record.error().what);
  }
  if (record->public_key.empty()) {
    return judgement(DkimResult::perm_error, DkimReason::key_revoked, "the key was withdrawn (p=)");
  }
  const auto not_applicable = [](std::string_view why) {
    return judgement(DkimResult::perm_error, DkimReason::key_not_applicable, std::string(why));
  };
  const KeyType wanted =
      signature.algorithm == Algorithm::ed25519_sha256 ? KeyType::ed25519 : KeyType::rsa;
  if (!record->known_type || record->type != wanted) {
    return not_applicable("the key is of another type (k=)");
  }
  if (!record->allows_sha256) return not_applicable("the key is not for SHA-256 (h=)");
  if (!record->allows_mail) return not_applicable("the key is not for mail (s=)");
  if (record->exact_identity && !signature.identity.empty()) {
    const auto domain = normalise_domain(domain_of_address(signature.identity));
    if (!domain || *domain != signature.domain) {
      return not_applicable("the key is for d= itself alone (t=s), i= is below it");
    }
  }
  const auto key = crypto.public_key(record->type, record->public_key);
  if (!key) {
    return judgement(DkimResult::perm_error, DkimReason::malformed_key,
                     "the key record's " + key.error().what);
  }
  SignatureJudgement out;
  out.key_bits = bits_of(**key);
  out.testing = record->testing;
  if (record->type == KeyType::rsa && out.key_bits < 1024) {
    out.result = DkimResult::fail;
    out.reason = DkimReason::weak_key;
    out.detail = fmt::format("a key of {} bits proves nothing (RFC 8301, 3.2)", out.key_bits);
  } else if (crypto.verify(**key, header_digest, signature.signature)) {
    out.result = DkimResult::pass;
    out.reason = DkimReason::valid;
  } else {
    out.result = DkimResult::fail;
    out.reason = DkimReason::header_changed;
    out.detail = "the signature does not fit the header and the key";
  }
  return out;
}

}  // namespace

std::string_view word_of(DkimResult result) noexcept {
  constexpr std::string_view words[] = {"none",    "pass",      "fail",     "policy",
                                        "neutral", "temperror", "permerror"};
  return words[static_cast<std::size_t>(result)];
}

std::string_view name_of(DkimReason reason) noexcept {
  constexpr std::string_view names[] = {
      "valid",           "body changed",  "header changed",      "expired",
      "weak algorithm",  "weak key",      "malformed signature", "unsupported",
      "From not signed", "From added",    "identity mismatch",   "length beyond body",
      "no key",          "key revoked",   "malformed key",       "key not applicable",
      "DNS failure",     "not evaluated",
  };
  return names[static_cast<std::size_t>(reason)];
}

Task<SignatureJudgement> judge_signature(Crypto& crypto, Resolver& resolver,
                                         const DkimSignature& signature, Digest header_digest,
                                         std::size_t most_key_records, MessageWork& work) {
  const std::string name = fmt::format("{}._domainkey.{}", signature.selector, signature.domain);
  const DnsAnswer answer = co_await lookup(resolver, name, RecordType::txt);
  if (is_temporary(answer.status)) {
    co_return judgement(DkimResult::temp_error, DkimReason::dns_failure,
                        fmt::format("{}: {}", name, name_of(answer.status)));
  }
  SignatureJudgement best =
      judgement(DkimResult::perm_error, DkimReason::no_key, fmt::format("{}: no key record", name));
  // RFC 6376, 6.1.2: several records are undefined; a verifier may try each.
  std::size_t tried = 0;
  for (const std::string& text : answer.texts) {
    if (tried++ == most_key_records) break;
    if (!work.take_verification()) {
      if (tried > 1) break;
      co_return judgement(DkimResult::policy, DkimReason::not_evaluated,
                          "the message has more signatures than are tried");
    }
    SignatureJudgement judged = judge_record(crypto, text, signature, header_digest);
    const bool better = judged.result == DkimResult::pass || tried == 1 ||
                        (judged.result == DkimResult::fail && best.result != DkimResult::fail);
    if (better) best = std::move(judged);
    if (best.result == DkimResult::pass) break;
  }
  co_return best;
}

bool covers_every_from(const message::HeaderBlock& header, const DkimSignature& signature) {
  const auto named = static_cast<std::size_t>(
      std::count_if(signature.signed_fields.begin(), signature.signed_fields.end(),
                    [](const std::string& name) { return iequals(name, "from"); }));
  return named >= header.all("From").size();
}

DkimVerification::DkimVerification(Crypto& crypto, const message::HeaderBlock& header,
                                   BodyHashes& body, UnixTime now, const DkimLimits& limits,
                                   bool arrival_known)
    : crypto_(crypto), body_(body), limits_(limits) {
  for (const message::Field& field : header.fields()) {
    if (!iequals(field.name, "DKIM-Signature")) continue;
    if (outcomes_.size() == limits_.most_reported) break;
    outcomes_.emplace_back();
    DkimOutcome& outcome = outcomes_.back();
    outcome.line = field.line;
    if (pending_.size() >= limits_.most_signatures) {
      conclude(outcome, DkimResult::policy, DkimReason::not_evaluated,
               fmt::format("only {} signatures are evaluated", limits_.most_signatures));
      continue;
    }
    const auto tags = TagList::parse(field.body);
    if (!tags) {
      conclude(outcome, DkimResult::neutral, DkimReason::malformed_signature, tags.error().what);
      continue;
    }
    Pending pending;
    pending.outcome = outcomes_.size() - 1;
    DkimSignature& signature = pending.signature;
    const auto wrong = read_signature(*tags, signature);
    describe(signature, outcome);
    if (wrong) {
      const bool known = wrong->kind == SignatureFault::Kind::from_not_signed ||
                         wrong->kind == SignatureFault::Kind::identity_mismatch;
      conclude(outcome, known ? DkimResult::perm_error : DkimResult::neutral,
               reason_of(wrong->kind), wrong->what);
      continue;
    }
    if (signature.algorithm == Algorithm::rsa_sha1) {
      conclude(outcome, DkimResult::fail, DkimReason::weak_algorithm,
               "rsa-sha1 proves nothing (RFC 8301, 3.1)");
      continue;
    }
    if (!covers_every_from(header, signature)) {
      // RFC 8601, 2.7.1: signed, but not in a way that is acceptable.
      conclude(
          outcome, DkimResult::policy, DkimReason::from_added,
          fmt::format("the header has {} From fields and h= names fewer: who put the others on "
                      "top is not known",
                      header.all("From").size()));
      continue;
    }
    pending.may_have_expired = signature.expires_at && *signature.expires_at < now;
    if (pending.may_have_expired && arrival_known) {
      conclude(outcome, DkimResult::fail, DkimReason::expired, "x= has passed");
      continue;
    }
    const auto body_hash = body.want(signature.body, signature.body_length);
    if (!body_hash) {
      conclude(
          outcome, DkimResult::policy, DkimReason::not_evaluated,
          fmt::format("the body is hashed in {} ways at most (c=, l=)", BodyHashes::most_forms));
      continue;
    }
    pending.body_hash = *body_hash;
    pending.header_digest =
        hash_signed_header(crypto, header, field, signature.header, signature.signed_fields);
    pending_.push_back(std::move(pending));
  }
}

bool DkimVerification::judge_body(const Pending& pending, DkimOutcome& outcome) const {
  const BodyCanonicaliser& body = body_.at(pending.body_hash);
  const std::optional<std::uint64_t>& length = pending.signature.body_length;
  if (length && *length > body.octets()) {
    conclude(outcome, DkimResult::perm_error, DkimReason::length_beyond_body,
             fmt::format("l={}, and the body has {} octets", *length, body.octets()));
    return true;
  }
  if (length) outcome.unsigned_octets = body.octets() - *length;
  outcome.body_holds = body.is(pending.signature.body_hash);
  return false;
}

namespace {

// DNS does not tell the key. What the body tells needs none.
void conclude_without_key(DkimOutcome& outcome, std::string why) {
  if (outcome.body_holds && !*outcome.body_holds) {
    conclude(outcome, DkimResult::fail, DkimReason::body_changed,
             fmt::format("the body's hash differs, whatever the key is ({})", why));
    return;
  }
  if (outcome.body_holds) why += "; the body is as it was signed";
  conclude(outcome, DkimResult::temp_error, DkimReason::dns_failure, std::move(why));
}

}  // namespace

std::vector<DkimOutcome> DkimVerification::so_far() const {
  std::vector<DkimOutcome> known = outcomes_;
  for (const Pending& pending : pending_) {
    DkimOutcome& outcome = known[pending.outcome];
    if (outcome.result != DkimResult::none) continue;
    if (body_.finished() && judge_body(pending, outcome)) continue;
    conclude_without_key(outcome, "DNS took too long");
  }
  return known;
}

Task<std::vector<DkimOutcome>> DkimVerification::finish(Resolver& resolver, MessageWork& work) {
  for (const Pending& pending : pending_) {
    DkimOutcome& outcome = outcomes_[pending.outcome];
    if (judge_body(pending, outcome)) continue;
    SignatureJudgement judged =
        co_await judge_signature(crypto_, resolver, pending.signature, pending.header_digest,
                                 limits_.most_key_records, work);
    outcome.key_bits = judged.key_bits;
    outcome.testing = judged.testing;
    outcome.header_holds = judged.result == DkimResult::pass;
    if (judged.result == DkimResult::temp_error) {
      conclude_without_key(outcome, std::move(judged.detail));
    } else if (!*outcome.body_holds &&
               (judged.result == DkimResult::pass || judged.reason == DkimReason::header_changed)) {
      conclude(outcome, DkimResult::fail, DkimReason::body_changed,
               outcome.header_holds ? "the body's hash differs; the header is as it was signed"
                                    : "the body's hash differs, and the signature does not fit");
    } else if (judged.result == DkimResult::pass && pending.may_have_expired) {
      conclude(outcome, DkimResult::temp_error, DkimReason::expired,
               "it holds, and x= has passed: whether before the message came is not known");
    } else {
      conclude(outcome, judged.result, judged.reason, std::move(judged.detail));
    }
  }
  co_return outcomes_;
}

}  // namespace postern::auth
