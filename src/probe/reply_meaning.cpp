#include "probe/reply_meaning.hpp"

#include <array>
#include <cstddef>

#include "base/ascii.hpp"

namespace postern::probe {
namespace {

// One row: what the reply must look like. An empty part fits anything. `status` ends with '*' where
// only its beginning counts, and may be a range "5.7.606-5.7.649".
struct Row {
  char kind;  // '4', '5', or '*' for either
  std::string_view status;
  std::string_view text;
  Meaning meaning;
};

// Sources: Exchange Team, "Introducing more control over Direct Send" (5.7.68), "TLS Certificates
// in Exchange Hybrid" (5.7.51), Microsoft's pages on NDR codes; texts that were seen in the wild,
// which count before the status where several replies share one.
constexpr std::array<Row, 54> rows{{
    {'5', "5.7.68", "", Meaning::direct_send_refused},
    {'5', "", "TenantInboundAttribution; Direct Send", Meaning::direct_send_refused},
    {'5', "5.7.51", "", Meaning::locked_down},
    {'5', "", "RestrictDomainsToIPAddresses", Meaning::locked_down},
    {'5', "", "TenantInboundAttribution; Rejecting", Meaning::locked_down},

    {'*', "", "ATTR36", Meaning::on_premises_mismatch},
    {'*', "", "ATTR35", Meaning::wrong_region},
    {'4', "4.4.62", "", Meaning::wrong_region},
    {'*', "", "wrong Office 365 region", Meaning::wrong_region},
    {'*', "", "ATTR17", Meaning::attribution_fault},
    {'*', "", "ATTR18", Meaning::attribution_fault},
    {'*', "", "ATTR14", Meaning::attribution_fault},
    {'*', "", "ATTR5", Meaning::no_mailboxes},
    {'*', "", "no mail-enabled subscriptions", Meaning::no_mailboxes},
    {'*', "", "ATTR1", Meaning::attribution_fault},
    {'5', "5.7.64", "", Meaning::relay_denied},
    {'5', "", "Relay Access Denied", Meaning::relay_denied},
    {'5', "", "Relaying denied", Meaning::relay_denied},
    {'5', "5.7.57", "", Meaning::wrong_service},
    {'5', "", "Client was not authenticated to send anonymous mail", Meaning::wrong_service},
    {'5', "", "Client not authenticated to send mail", Meaning::wrong_service},

    {'*', "", "TRANSPORT.RULES.", Meaning::transport_rule},
    {'5', "5.7.509", "", Meaning::dmarc},
    {'*', "", "DMARC", Meaning::dmarc},
    {'*', "5.7.23", "", Meaning::dmarc},
    {'*', "5.7.26", "", Meaning::dmarc},

    {'5', "5.7.511", "", Meaning::reputation},
    {'5', "5.7.606-5.7.649", "", Meaning::reputation},
    {'4', "4.7.500-4.7.699", "", Meaning::reputation},
    {'*', "", "Spamhaus", Meaning::reputation},
    {'*', "", "banned sending IP", Meaning::reputation},
    {'*', "", "block list", Meaning::reputation},
    {'*', "", "blocklist", Meaning::reputation},
    {'*', "", "blacklist", Meaning::reputation},
    {'*', "", "spamcop", Meaning::reputation},
    {'*', "", "poor reputation", Meaning::reputation},

    {'*', "", "greylist", Meaning::greylisted},
    {'*', "", "graylist", Meaning::greylisted},
    {'*', "", "grey-list", Meaning::greylisted},

    {'5', "5.7.124", "", Meaning::recipient_refuses},
    {'5', "5.7.133-5.7.134", "", Meaning::recipient_refuses},
    {'5', "", "RESOLVER.RST.", Meaning::recipient_refuses},
    {'5', "5.1.1", "", Meaning::unknown_recipient},
    {'5', "5.1.10", "", Meaning::unknown_recipient},
    {'5', "5.4.1", "", Meaning::unknown_recipient},
    {'5', "", "RecipientNotFound", Meaning::unknown_recipient},
    {'5', "", "user unknown", Meaning::unknown_recipient},
    {'5', "", "no such user", Meaning::unknown_recipient},

    {'*', "5.1.7-5.1.8", "", Meaning::sender_refused},
    {'4', "4.1.7-4.1.8", "", Meaning::sender_refused},
    {'*', "", "Sender address rejected", Meaning::sender_refused},
    {'5', "5.7.10", "", Meaning::tls_required},
    {'*', "", "Must issue a STARTTLS", Meaning::tls_required},
    {'*', "", "TLS is required", Meaning::tls_required},
}};

// "5.7.606" as one number that orders; 0 where it is no status.
constexpr unsigned long order_of(std::string_view status) noexcept {
  unsigned long out = 0;
  unsigned long part = 0;
  int parts = 1;
  bool digits = false;
  for (const char c : status) {
    if (is_ascii_digit(c)) {
      part = part * 10 + static_cast<unsigned long>(c - '0');
      digits = true;
      if (part > 999) return 0;
    } else if (c == '.' && digits && parts < 3) {
      out = out * 1000 + part;
      part = 0;
      ++parts;
      digits = false;
    } else {
      return 0;
    }
  }
  return parts == 3 && digits ? out * 1000 + part : 0;
}

bool status_fits(std::string_view wanted, std::string_view status) noexcept {
  if (wanted.empty()) return true;
  const std::size_t dash = wanted.find('-');
  if (dash == std::string_view::npos) return status == wanted;
  const unsigned long order = order_of(status);
  return order != 0 && order >= order_of(wanted.substr(0, dash)) &&
         order <= order_of(wanted.substr(dash + 1));
}

// An ATTR number must not be taken for a longer one: ATTR1 is not ATTR17.
bool text_fits(std::string_view wanted, std::string_view text) noexcept {
  if (wanted.empty()) return true;
  while (true) {
    const std::size_t at = ifind(text, wanted);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + wanted.size());
    if (!is_ascii_digit(wanted.back()) || text.empty() || !is_ascii_digit(text.front())) {
      return true;
    }
  }
}

bool fits(const Row& row, const smtp::Reply& reply) noexcept {
  const char first = reply.transient() ? '4' : '5';
  return (row.kind == '*' || row.kind == first) && status_fits(row.status, reply.enhanced) &&
         text_fits(row.text, reply.text);
}

}  // namespace

Meaning meaning_of(smtp::Stage stage, const smtp::Reply& reply) noexcept {
  if (reply.positive()) return Meaning::accepted;
  if (reply.intermediate()) {
    return stage == smtp::Stage::data ? Meaning::accepted : Meaning::not_understood;
  }
  if (!reply.transient() && !(reply.code >= 500 && reply.code < 600)) {
    return Meaning::not_understood;
  }
  for (const Row& row : rows) {
    if (fits(row, reply)) return row.meaning;
  }
  if (reply.transient()) return Meaning::busy;
  if (stage == smtp::Stage::message || stage == smtp::Stage::data) return Meaning::content;
  return Meaning::other_refusal;
}

std::string_view name_of(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::accepted:
      return "accepted";
    case Meaning::direct_send_refused:
      return "direct_send_refused";
    case Meaning::locked_down:
      return "locked_down";
    case Meaning::relay_denied:
      return "relay_denied";
    case Meaning::on_premises_mismatch:
      return "on_premises_mismatch";
    case Meaning::wrong_region:
      return "wrong_region";
    case Meaning::no_mailboxes:
      return "no_mailboxes";
    case Meaning::attribution_fault:
      return "attribution_fault";
    case Meaning::wrong_service:
      return "wrong_service";
    case Meaning::reputation:
      return "reputation";
    case Meaning::unknown_recipient:
      return "unknown_recipient";
    case Meaning::recipient_refuses:
      return "recipient_refuses";
    case Meaning::greylisted:
      return "greylisted";
    case Meaning::transport_rule:
      return "transport_rule";
    case Meaning::dmarc:
      return "dmarc";
    case Meaning::sender_refused:
      return "sender_refused";
    case Meaning::content:
      return "content";
    case Meaning::tls_required:
      return "tls_required";
    case Meaning::busy:
      return "busy";
    case Meaning::other_refusal:
      return "other_refusal";
    case Meaning::not_understood:
      break;
  }
  return "not_understood";
}

std::string_view describe(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::accepted:
      return "accepted";
    case Meaning::direct_send_refused:
      return "Direct Send is refused";
    case Meaning::locked_down:
      return "a lock-down connector refuses what does not come from its sources";
    case Meaning::relay_denied:
      return "no tenant there owns the recipient's domain";
    case Meaning::on_premises_mismatch:
      return "this machine's address is in an OnPremises connector, without an accepted domain";
    case Meaning::wrong_region:
      return "the recipient's tenant is in another region than this host";
    case Meaning::no_mailboxes:
      return "the tenant has no mail-enabled subscription";
    case Meaning::attribution_fault:
      return "the service could not attribute the message for the moment";
    case Meaning::wrong_service:
      return "this is the service for signed-in submission, not the mail host";
    case Meaning::reputation:
      return "this machine's address is blocked or throttled";
    case Meaning::unknown_recipient:
      return "the recipient does not exist";
    case Meaning::recipient_refuses:
      return "the recipient takes no mail from strangers";
    case Meaning::greylisted:
      return "greylisted";
    case Meaning::transport_rule:
      return "a mail-flow rule of the tenant refused it";
    case Meaning::dmarc:
      return "authentication of the sender's domain failed (SPF, DKIM or DMARC)";
    case Meaning::sender_refused:
      return "the sender's address was refused as such";
    case Meaning::content:
      return "the message itself was refused";
    case Meaning::tls_required:
      return "TLS is demanded";
    case Meaning::busy:
      return "refused for the moment";
    case Meaning::other_refusal:
      return "refused for another reason";
    case Meaning::not_understood:
      break;
  }
  return "no reply that fits";
}

std::string_view would_prove(Meaning meaning) noexcept {
  switch (meaning) {
    case Meaning::accepted:
    case Meaning::direct_send_refused:
    case Meaning::locked_down:
      return {};
    case Meaning::relay_denied:
      return "the host of this tenant, and a recipient at one of its accepted domains";
    case Meaning::on_premises_mismatch:
      return "the probe from a machine that is in no connector";
    case Meaning::wrong_region:
      return "the host that the accepted domain's own name gives";
    case Meaning::no_mailboxes:
      return "a tenant with mailboxes";
    case Meaning::attribution_fault:
    case Meaning::busy:
      return "the probe again in some minutes";
    case Meaning::greylisted:
      return "the probe again after the time that the reply names";
    case Meaning::wrong_service:
      return "the MX or *.mail.protection.outlook.com host instead";
    case Meaning::reputation:
      return "the probe from an address without such a listing";
    case Meaning::unknown_recipient:
      return "a mailbox that exists";
    case Meaning::recipient_refuses:
      return "a mailbox that takes mail from outside";
    case Meaning::transport_rule:
      return "the probe without that rule, or an exception of it for the test message";
    case Meaning::dmarc:
      return "a foreign domain whose DNS lets this machine send (--foreign)";
    case Meaning::sender_refused:
      return "a foreign domain that exists and sends mail (--foreign)";
    case Meaning::content:
      return "a look at what the reply says of the message";
    case Meaning::tls_required:
      return "a host that offers STARTTLS";
    case Meaning::other_refusal:
    case Meaning::not_understood:
      break;
  }
  return "a look at the reply";
}

}  // namespace postern::probe
