#include "auth/arc.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::auth {
namespace {

constexpr std::array<std::string_view, 3> field_names = {"ARC-Authentication-Results",
                                                         "ARC-Message-Signature", "ARC-Seal"};

struct FieldSet {
  std::array<const message::Field*, 3> fields{};
};

// "1" to "50", without signs or zeros in front; 0 for anything else.
unsigned read_instance(std::string_view text) {
  unsigned number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool sound = error == std::errc{} && rest == text.data() + text.size() && text[0] != '0';
  return sound ? number : 0;
}

// RFC 8617, 4.1.1: "i=1; mx.example.org; spf=pass …"; what follows the instance goes to `rest`.
unsigned instance_of_results(std::string_view body, std::string& rest) {
  const std::string text = message::unfold(body);
  const std::size_t end = text.find(';');
  if (end == std::string::npos) return 0;
  const std::string_view first = trim(std::string_view(text).substr(0, end));
  const std::size_t equals = first.find('=');
  if (equals == std::string_view::npos || trim(first.substr(0, equals)) != "i") return 0;
  rest = trim(std::string_view(text).substr(end + 1));
  return read_instance(trim(first.substr(equals + 1)));
}

unsigned instance_of_tags(const TagList& tags) {
  const Tag* tag = tags.find("i");
  return tag == nullptr || tag->value.empty() ? 0 : read_instance(tag->value);
}

}  // namespace

std::string_view word_of(ArcResult result) noexcept {
  constexpr std::string_view words[] = {"none", "pass", "fail", "temperror"};
  return words[static_cast<std::size_t>(result)];
}

bool is_trusted_sealer(std::string_view sealer, const std::vector<std::string>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(), [&](const std::string& entry) {
    if (entry.starts_with('.')) return iends_with(sealer, entry);
    return iequals(sealer, entry);
  });
}

ArcVerification::ArcVerification(Crypto& crypto, const message::HeaderBlock& header,
                                 BodyHashes& body, std::vector<std::string> trusted_sealers)
    : crypto_(crypto), body_(body), trusted_(std::move(trusted_sealers)) {
  read(header);
}

void ArcVerification::read(const message::HeaderBlock& header) {
  const auto broken = [&](std::string why) {
    outcome_.result = ArcResult::fail;
    outcome_.detail = std::move(why);
    outcome_.sets.clear();
    seals_.clear();
  };
  std::vector<FieldSet> sets;
  std::vector<std::string> results;
  for (const message::Field& field : header.fields()) {
    for (std::size_t kind = 0; kind < field_names.size(); ++kind) {
      if (!iequals(field.name, field_names[kind])) continue;
      std::string rest;
      unsigned instance = 0;
      if (kind == 0) {
        instance = instance_of_results(field.body, rest);
      } else if (const auto tags = TagList::parse(field.body)) {
        instance = instance_of_tags(*tags);
      } else {
        return broken(fmt::format("{}: {}", field_names[kind], tags.error().what));
      }
      if (instance == 0 || instance > most_instances) {
        return broken(
            fmt::format("{} has no instance from 1 to {}", field_names[kind], most_instances));
      }
      if (sets.size() < instance) {
        sets.resize(instance);
        results.resize(instance);
      }
      if (sets[instance - 1].fields[kind] != nullptr) {
        return broken(fmt::format("instance {} has {} twice", instance, field_names[kind]));
      }
      sets[instance - 1].fields[kind] = &field;
      if (kind == 0) results[instance - 1] = std::move(rest);
    }
  }
  if (sets.empty()) return;  // none

  // RFC 8617, 5.2: the structure, then what each seal says of the chain before it.
  std::string sealed;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    for (std::size_t kind = 0; kind < field_names.size(); ++kind) {
      if (sets[i].fields[kind] == nullptr) {
        return broken(fmt::format("instance {} has no {}", i + 1, field_names[kind]));
      }
    }
    const message::Field& field = *sets[i].fields[2];
    const auto tags = TagList::parse(field.body);
    if (!tags) return broken(tags.error().what);
    Seal seal;
    if (const auto wrong = read_common_tags(*tags, seal.signature)) {
      return broken(fmt::format("ARC-Seal of instance {} {}", i + 1, wrong->what));
    }
    if (seal.signature.algorithm == Algorithm::rsa_sha1) {
      return broken(fmt::format("ARC-Seal of instance {} uses rsa-sha1", i + 1));
    }
    const Tag* cv = tags->find("cv");
    if (cv == nullptr) return broken(fmt::format("ARC-Seal of instance {} has no cv=", i + 1));
    // RFC 8617, 4.1.3: a seal covers the sets as they are and names no fields.
    if (tags->find("h") != nullptr || tags->find("bh") != nullptr) {
      return broken(fmt::format("ARC-Seal of instance {} has h= or bh=", i + 1));
    }
    const bool last = i + 1 == sets.size();
    if (last && iequals(cv->value, "fail")) {
      return broken(
          fmt::format("the sealer of instance {} found the chain broken (cv=fail)", i + 1));
    }
    if (!iequals(cv->value, i == 0 ? "none" : "pass")) {
      return broken(fmt::format("ARC-Seal of instance {} has cv={}", i + 1, printable(cv->value)));
    }
    append_field(sealed, *sets[i].fields[0], Canonicalisation::relaxed);
    append_field(sealed, *sets[i].fields[1], Canonicalisation::relaxed);
    std::string own = sealed;
    append_own_field(own, field, Canonicalisation::relaxed);
    seal.digest = crypto_.sha256(own);
    append_field(sealed, field, Canonicalisation::relaxed);

    ArcSet set;
    set.instance = static_cast<unsigned>(i + 1);
    set.sealer = seal.signature.domain;
    set.selector = seal.signature.selector;
    set.chain_validation = to_lower(cv->value);
    set.authentication_results = std::move(results[i]);
    outcome_.sets.push_back(std::move(set));
    seals_.push_back(std::move(seal));
  }

  // RFC 8617, 5.2, step 4: the outermost signature over the message.
  const message::Field& field = *sets.back().fields[1];
  const auto tags = TagList::parse(field.body);
  if (!tags) return broken(tags.error().what);
  DkimSignature& signature = message_signature_;
  auto wrong = read_common_tags(*tags, signature);
  if (!wrong) wrong = read_body_tags(*tags, signature);
  if (wrong) return broken(fmt::format("the outermost ARC-Message-Signature {}", wrong->what));
  if (signature.algorithm == Algorithm::rsa_sha1) {
    return broken("the outermost ARC-Message-Signature uses rsa-sha1");
  }
  // RFC 8617, 4.1.2: seals are never part of it.
  for (const std::string& name : signature.signed_fields) {
    if (iequals(name, "ARC-Seal")) return broken("ARC-Message-Signature covers an ARC-Seal");
  }
  outcome_.from_is_open = !covers_every_from(header, signature);
  add_form(header, field);
  if (tags->find("c") == nullptr) {
    // RFC 6376 takes simple for what is not said; the published suite and its signers, relaxed.
    signature.header = signature.body = Canonicalisation::relaxed;
    add_form(header, field);
  }
  outcome_.result = ArcResult::pass;  // until something speaks against it
}

void ArcVerification::add_form(const message::HeaderBlock& header, const message::Field& field) {
  const DkimSignature& signature = message_signature_;
  const auto body_hash = body_.want(signature.body, signature.body_length);
  if (!body_hash) return;
  forms_.push_back({*body_hash, hash_signed_header(crypto_, header, field, signature.header,
                                                   signature.signed_fields)});
}

Task<ArcOutcome> ArcVerification::finish(Resolver& resolver, MessageWork& work) {
  if (outcome_.result != ArcResult::pass) co_return std::move(outcome_);
  const auto conclude = [this](const SignatureJudgement& judged, std::string_view which) {
    if (judged.result == DkimResult::pass) return true;
    outcome_.result =
        judged.result == DkimResult::temp_error ? ArcResult::temp_error : ArcResult::fail;
    outcome_.detail = fmt::format("{}: {}", which, judged.detail);
    return false;
  };
  constexpr std::size_t most_key_records = 4;
  const DkimSignature& signature = message_signature_;
  SignatureJudgement message;
  message.result = DkimResult::fail;
  message.detail =
      forms_.empty() ? fmt::format("the body is hashed in {} ways at most", BodyHashes::most_forms)
                     : std::string("the body was changed after it was signed");
  for (const Form& form : forms_) {
    const BodyCanonicaliser& body = body_.at(form.body_hash);
    const bool too_long = signature.body_length && *signature.body_length > body.octets();
    if (too_long || !body.is(signature.body_hash)) continue;
    message = co_await judge_signature(crypto_, resolver, signature, form.header_digest,
                                       most_key_records, work);
    if (message.result == DkimResult::pass) break;
  }
  if (!conclude(message, "ARC-Message-Signature")) co_return std::move(outcome_);
  for (std::size_t i = seals_.size(); i-- > 0;) {
    const SignatureJudgement seal = co_await judge_signature(
        crypto_, resolver, seals_[i].signature, seals_[i].digest, most_key_records, work);
    if (!conclude(seal, fmt::format("ARC-Seal of instance {}", i + 1))) {
      co_return std::move(outcome_);
    }
  }
  outcome_.trusted =
      !outcome_.from_is_open && is_trusted_sealer(outcome_.sets.back().sealer, trusted_);
  co_return std::move(outcome_);
}

}  // namespace postern::auth
