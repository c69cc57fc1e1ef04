#include "policy/verdict.hpp"

#include <array>

#include <fmt/format.h>

namespace postern::policy {
namespace {

// The texts are Exchange Online's own. 5.7.68: Exchange Team blog on Direct Send; 5.7.51: Exchange
// Team blog on TLS certificates in hybrid, a log of 2025-01-29; 5.7.64: Microsoft's NDR pages
// "relay-access-denied-smtp" and "relay-access-denied-attr36-ndr"; STARTTLS: reported by
// administrators, not found in Microsoft's documentation.
constexpr Reply direct_send{550, "5.7.68",
                            "TenantInboundAttribution; Direct Send not allowed for this "
                            "organization from unauthorized sources"};
constexpr Reply restricted{550, "5.7.51",
                           "TenantInboundAttribution; There is a partner connector configured that "
                           "matched the message's recipient domain. The connector had either the "
                           "RestrictDomainsToIPAddresses or RestrictDomainsToCertificate set"};
constexpr Reply relay{550, "5.7.64", "TenantAttribution; Relay Access Denied"};
constexpr Reply attr36{550, "5.7.64", "Relay Access Denied ATTR36"};
constexpr Reply starttls{451, "5.7.3", "STARTTLS is required to send mail"};

struct NoteText {
  Note note;
  std::string_view key;
  std::string_view sentence;
};
constexpr std::array<NoteText, 10> note_texts{{
    {Note::onmicrosoft_counted, "onmicrosoft_senders",
     "the sender is at the tenant's onmicrosoft.com domain: the documented rule counts it as an "
     "accepted domain, one report says that Exchange does not"},
    {Note::partner_address_match, "partner_address_match",
     "the Partner connector matched by address although RestrictDomainsToIPAddresses is off: "
     "Microsoft's documents disagree, many tenants rely on it (medium confidence)"},
    {Note::san_only, "",
     "the certificate matched by a subject alternative name, not by its subject: one Microsoft "
     "page asks for the subject"},
    {Note::recipient_leg, "onpremises_recipient_match",
     "the OnPremises connector matched by recipient domain only: a legacy path that Microsoft's "
     "documents describe differently"},
    {Note::associated_domains, "associated_domains",
     "AssociatedAcceptedDomains was decisive: documented for source domains, seen to act on "
     "recipient domains"},
    {Note::acs_assumed, "acs_exempt",
     "recognised as Azure Communication Services: exempt since the fix that Microsoft rolled out "
     "from 2025-11 to 2026-02"},
    {Note::never_set, "",
     "RejectDirectSend was never set: the platform's default applies, which is off"},
    {Note::not_available, "", "this cloud does not have RejectDirectSend"},
    {Note::connector_match, "connector_match",
     "the connector has both a certificate and addresses: undocumented whether either is enough"},
    {Note::observed, "",
     "rests on the attribution that the evidence recorded when the message arrived"},
}};

constexpr std::array<Fact, 8> all_facts = {
    Fact::authenticated, Fact::client_ip, Fact::certificate,        Fact::tls,
    Fact::reverse_path,  Fact::recipient, Fact::reject_direct_send, Fact::inbound_connectors};

}  // namespace

std::string Reply::line() const {
  return fmt::format("{} {} {}", code, enhanced_status, text);
}

const Reply* reply_for(Reason reason) noexcept {
  switch (reason) {
    case Reason::relay_denied:
      return &relay;
    case Reason::relay_denied_attr36:
      return &attr36;
    case Reason::tls_required:
      return &starttls;
    case Reason::restricted:
      return &restricted;
    case Reason::direct_send_rejected:
      return &direct_send;
    default:
      return nullptr;
  }
}

const Reply* reply_for(const Verdict& verdict) noexcept {
  return verdict.action == Action::reject ? reply_for(verdict.reason) : nullptr;
}

std::string_view name_of(Action action) noexcept {
  switch (action) {
    case Action::accept:
      return "accept";
    case Action::reject:
      return "reject";
    case Action::undetermined:
      break;
  }
  return "undetermined";
}

std::string_view name_of(Reason reason) noexcept {
  switch (reason) {
    case Reason::authenticated:
      return "authenticated";
    case Reason::originating_certificate:
      return "originating_certificate";
    case Reason::originating_sender:
      return "originating_sender";
    case Reason::originating_recipient:
      return "originating_recipient";
    case Reason::relay_denied:
      return "relay_denied";
    case Reason::relay_denied_attr36:
      return "relay_denied_attr36";
    case Reason::partner_connector:
      return "partner_connector";
    case Reason::tls_required:
      return "tls_required";
    case Reason::restricted:
      return "restricted";
    case Reason::direct_send_rejected:
      return "direct_send_rejected";
    case Reason::direct_send_allowed:
      return "direct_send_allowed";
    case Reason::azure_communication_services:
      return "azure_communication_services";
    case Reason::null_reverse_path:
      return "null_reverse_path";
    case Reason::external_sender:
      return "external_sender";
    case Reason::default_connector:
      return "default_connector";
    case Reason::missing_facts:
      break;
  }
  return "missing_facts";
}

std::string_view name_of(Fact fact) noexcept {
  switch (fact) {
    case Fact::authenticated:
      return "whether the client signed in";
    case Fact::client_ip:
      return "client address";
    case Fact::certificate:
      return "client certificate";
    case Fact::tls:
      return "whether TLS was used";
    case Fact::reverse_path:
      return "envelope sender";
    case Fact::recipient:
      return "recipient";
    case Fact::reject_direct_send:
      return "RejectDirectSend";
    case Fact::inbound_connectors:
      return "inbound connectors";
    case Fact::none:
      break;
  }
  return "nothing";
}

std::vector<std::string_view> names_of(Fact set) {
  std::vector<std::string_view> names;
  for (const Fact fact : all_facts) {
    if (has(set, fact)) names.push_back(name_of(fact));
  }
  return names;
}

std::vector<std::string_view> sentences_of(Note set) {
  std::vector<std::string_view> sentences;
  for (const NoteText& text : note_texts) {
    if (has(set, text.note)) sentences.push_back(text.sentence);
  }
  return sentences;
}

std::string_view key_of(Note note) noexcept {
  for (const NoteText& text : note_texts) {
    if (text.note == note) return text.key;
  }
  return {};
}

}  // namespace postern::policy
