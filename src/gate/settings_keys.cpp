#include "gate/settings_keys.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/domain.hpp"

namespace postern::gate {
namespace {

using judge::ForeignRecipients;
using judge::Undetermined;
using ledger::Mode;
using ledger::Stage;
using settings_file::choice;
using settings_file::Counts;
using settings_file::domain;
using settings_file::duration;
using settings_file::flag;
using settings_file::Keys;
using settings_file::member;
using settings_file::number;
using settings_file::prefixes;
using settings_file::required;
using settings_file::size;
using settings_file::texts;
using settings_file::Value;
using settings_file::within;
using std::chrono::milliseconds;

// One line each: names, paths and addresses.
template <class T>
settings_file::Access<T> text(std::string T::*at) {
  return settings_file::line(at);
}
template <class T, class D>
settings_file::Access<T> time(D T::*at, std::int64_t least_ms, std::int64_t most_ms) {
  return duration(at, milliseconds(least_ms), milliseconds(most_ms));
}
template <class T>
settings_file::Access<T> seconds(std::chrono::seconds T::*at) {
  return time(at, 1000, 7 * 86400000LL);
}

template <class E, std::size_t N>
using Names = std::array<std::pair<std::string_view, E>, N>;

// "*" stands for the rest.
std::string read_route_domains(const Value& value, std::vector<std::string>& into) {
  std::string wrong = settings_file::read_texts(value, into);
  if (wrong.empty() && into.empty()) wrong = "must name a domain, or \"*\"";
  for (std::string& name : into) {
    if (wrong.empty() && name != "*") wrong = settings_file::normalise_pattern(name);
  }
  return wrong;
}

// An octal number in quotes: TOML's 0o660 would be as good, but nobody writes that.
std::string read_socket_mode(const Value& value, unsigned& into) {
  std::string wrong = "must be three octal digits in quotes, such as \"660\"";
  std::string_view digits = value.text;
  if (digits.size() == 4 && digits.front() == '0') digits.remove_prefix(1);
  if (value.kind != Value::Kind::text || digits.size() != 3) return wrong;
  unsigned mode = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return wrong;
    mode = mode * 8 + static_cast<unsigned>(c - '0');
  }
  into = mode;
  return {};
}

std::string read_support(const Value& value, std::string& into) {
  if (value.kind != Value::Kind::text) return "must be text in quotes";
  if (value.text.size() > 400) return "must be at most 400 octets";
  for (const char c : value.text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) {
      return "must be one line of printable ASCII: SMTP replies hold no other";
    }
  }
  into = value.text;
  return {};
}

constexpr Names<Mode, 4> modes{{{"enforce", Mode::enforce},
                                {"observe", Mode::observe},
                                {"tenant", Mode::tenant},
                                {"off", Mode::off}}};
constexpr Names<Stage, 2> stages{{{"rcpt", Stage::rcpt}, {"data", Stage::data}}};
constexpr Names<Undetermined, 3> undetermined{{{"accept", Undetermined::accept},
                                               {"defer", Undetermined::defer},
                                               {"refuse", Undetermined::refuse}}};
constexpr Names<ForeignRecipients, 2> foreign{
    {{"refuse", ForeignRecipients::refuse}, {"pass", ForeignRecipients::pass}}};
constexpr Names<LogLevel, 3> log_levels{
    {{"quiet", LogLevel::quiet}, {"normal", LogLevel::normal}, {"all", LogLevel::all}}};
constexpr Names<AuthUse, 2> auth_uses{{{"refuse", AuthUse::refuse}, {"pass", AuthUse::pass}}};
constexpr Names<HopTls, 4> hop_tls{{{"never", HopTls::never},
                                    {"if-offered", HopTls::if_offered},
                                    {required, HopTls::required},
                                    {"verified", HopTls::verified}}};
constexpr std::int64_t many = 1000000000;

const Keys<Settings>& head_keys() {
  using S = Settings;
  using J = judge::Settings;
  static const Keys<S> keys = {
      {"tenants", "list of paths", "those of [cluster]",
       "Whose domains and connectors: tenant.toml files, exports of Exchange, or folders of them. "
       "Relative to this file.",
       texts(&S::tenants)},
      {"mode", "enforce, observe, tenant or off", "",
       "enforce: refuse Direct Send, whatever the tenant's own switch says. observe: accept, and "
       "record what enforce would have refused. tenant: as the tenant's RejectDirectSend says, a "
       "rehearsal. off: judge nothing.",
       within(&S::judge, choice(&J::mode, modes))},
      {"stage", "rcpt or data", "",
       "When a refusal is said: in answer to RCPT, before any content is sent, or after the "
       "message, so that exceptions can look at it.",
       within(&S::judge, choice(&J::stage, stages))},
      {"undetermined", "accept, defer or refuse", "",
       "What to do where the rule lacks a fact (a tenant without its connectors, a milter's host "
       "that does not send a macro). Each is recorded.",
       within(&S::judge, choice(&J::undetermined, undetermined))},
      {"foreign_recipients", "refuse or pass", "",
       "Recipients at domains that no tenant owns, at the SMTP door: refuse as Exchange does "
       "(5.7.64) unless the client signed in or an OnPremises connector matches, or let the next "
       "hop decide. Beware of a next hop that trusts the gate's address: it becomes an open relay.",
       within(&S::judge, choice(&J::foreign_recipients, foreign))},
      {"support", "text", "",
       "A line behind the text of every refusal: where a refused sender finds help.",
       within(&S::judge, member(&J::support, read_support, settings_file::write_text))},
      {"authserv_id", "domain", "",
       "The gate's name in Authentication-Results (RFC 8601). Set: fields that claim this name "
       "are removed, every one, and the gate's own is added to mail that it authenticated.",
       within(&S::judge, domain(&J::authserv_id))},
      {"authenticate_all", "true or false", "",
       "Check SPF, DKIM, DMARC and ARC of all mail, not only where the judgement hangs on them.",
       within(&S::judge, flag(&J::authenticate_all))},
      {"host_name", "domain", "the system's", "In the greeting, in replies and in Received.",
       domain(&S::host_name)},
      {"threads", "number", "0: one a processor", "Event loops.", number(&S::threads, 0, 256),
       Counts::from_start},
      {"resolver", "text", "as /etc/resolv.conf says",
       "Ask this resolver for SPF, DKIM, DMARC and ARC: \"127.0.0.1\" or \"127.0.0.1@5353\".",
       text(&S::resolver), Counts::from_start},
      {"user", "text", "", "To become once the sockets are open, where started as root.",
       text(&S::user), Counts::from_start},
      {"group", "text", "the user's own", "Likewise.", text(&S::group), Counts::from_start},
      {"drain_time", "time", "",
       "From SIGTERM until messages that are still under way are cut off. Who has begun none "
       "(DATA) "
       "is sent away at once.",
       time(&S::drain_time, 0, 86400000), Counts::from_start},
      {"log_level", "quiet, normal or all", "",
       "quiet: faults. normal: also what was refused, deferred or passed on. all: also each "
       "session.",
       choice(&S::log_level, log_levels), Counts::from_start},
      {"hold_memory", "size", "",
       "How much of a message that must be judged whole is held in memory; beyond it a file "
       "without a name.",
       size(&S::hold_memory, 4096, 1u << 30)},
      {"hold_folder", "path", "the system's for temporary files", "Where that file is.",
       text(&S::hold_folder)},
      {"admin_listen", "address:port", "",
       "Where /metrics (Prometheus), /healthz and /readyz are answered, and [page]. Loopback only, "
       "and only to who asks for it by such a name.",
       text(&S::admin_listen), Counts::from_start},
      {"locked", "true or false", "", "The page of [page] changes no mode.", flag(&S::locked)},
  };
  return keys;
}

constexpr std::string_view locked_means = "The page of [page] leaves this mode as it is here.";

const Keys<judge::ModeOverride>& tenant_mode_keys() {
  using M = judge::ModeOverride;
  static const Keys<M> keys = {
      {"name", "text", required, "The tenant's name, as `postern audit` shows it.", text(&M::name)},
      {"mode", "enforce, observe, tenant or off", "as at the head", "", choice(&M::mode, modes)},
      {"stage", "rcpt or data", "as at the head", "", choice(&M::stage, stages)},
      {"locked", "true or false", "", locked_means, flag(&M::locked)},
  };
  return keys;
}

const Keys<judge::ModeOverride>& domain_mode_keys() {
  using M = judge::ModeOverride;
  static const Keys<M> keys = {
      {"name", "domain", required, "A recipient domain.", domain(&M::name)},
      {"mode", "enforce, observe, tenant or off", "the tenant's", "", choice(&M::mode, modes)},
      {"stage", "rcpt or data", "the tenant's", "", choice(&M::stage, stages)},
      {"locked", "true or false", "", locked_means, flag(&M::locked)},
  };
  return keys;
}

const Keys<judge::Settings>& exception_keys() {
  using J = judge::Settings;
  static const Keys<J> keys = {
      {"aligned_dkim", "true or false", "",
       "The header From is at the tenant's domain, and a DKIM signature aligned with it passes. "
       "Signatures with `l=` or a key on trial (`t=y`) don't count. Whoever gets hold of one "
       "signed message can send it again.",
       flag(&J::allow_aligned_dkim)},
      {"dmarc_pass", "true or false", "",
       "The header From is at the tenant's domain, and DMARC passes: also by SPF, so by every "
       "address that the domain's SPF record names.",
       flag(&J::allow_dmarc_pass)},
      {"trusted_arc_sealers", "list of domains", "",
       "The outermost ARC seal is of one of these (\".example.com\" stands for those below), the "
       "chain passes, and its sealer saw the message pass SPF, DKIM or DMARC for a domain of the "
       "tenant.",
       settings_file::domain_patterns(&J::trusted_arc_sealers)},
  };
  return keys;
}

const Keys<judge::Settings>& protection_keys() {
  using J = judge::Settings;
  static const Keys<J> keys = {
      {"own_header_from", "true or false", "",
       "Refuse a header From (P2) at an own domain that neither SPF, DKIM, DMARC nor a trusted ARC "
       "sealer vouches for, whatever the envelope sender; of several From fields one at an own "
       "domain is enough. Mail from signed-in clients and over connectors is not concerned.",
       flag(&J::refuse_own_header_from)},
      {"multiple_from", "true or false", "",
       "Refuse several From fields, and several addresses in one.", flag(&J::refuse_multiple_from)},
      {"strip_organization_headers", "true or false", "",
       "Remove X-MS-Exchange-Organization-*, X-MS-Exchange-CrossTenant-*, "
       "X-MS-Exchange-CrossPremises-* and X-MS-Exchange-Forest-* fields, with which outside mail "
       "claims to be inside mail. Kept on "
       "a connector with CloudServicesMailEnabled.",
       flag(&J::strip_organization_headers)},
  };
  return keys;
}

const Keys<SmtpSettings>& smtp_keys() {
  using S = SmtpSettings;
  static const Keys<S> keys = {
      {"listen", "list of address:port", "",
       "\"127.0.0.1:2525\", \"[::]:25\", \":25\". With systemd's socket activation, the sockets "
       "that it passes are taken instead.",
       texts(&S::listen), Counts::from_start},
      {"proxy_peers", "list of address blocks", "",
       "Load balancers: their connections begin with a PROXY header, version 1 or 2, and nobody "
       "else's do.",
       prefixes(&S::proxy_peers)},
      {"xclient_peers", "list of address blocks", "", "Who may tell by XCLIENT whom it speaks for.",
       prefixes(&S::xclient_peers)},
      {"greeting_delay", "time", "",
       "How long the greeting is held back: whoever has talked by then is refused. Without it only "
       "who talks as soon as it connects is caught.",
       time(&S::greeting_delay, 0, 60000)},
      {"require_tls", "true or false", "", "No MAIL before STARTTLS.", flag(&S::require_tls)},
      {"auth", "refuse or pass", "",
       "pass: AUTH is offered, and the next hop of the route \"*\" checks it.",
       choice(&S::auth, auth_uses)},
      {"auth_mechanisms", "list", "", "Offered with auth = \"pass\".", texts(&S::auth_mechanisms)},
      {"auth_in_clear", "true or false", "", "Also before STARTTLS.", flag(&S::auth_in_clear)},
      {"smtputf8", "true or false", "", "Offer SMTPUTF8 (RFC 6531).", flag(&S::smtputf8)},
  };
  return keys;
}

const Keys<TlsSettings>& tls_keys() {
  using T = TlsSettings;
  static const Keys<T> keys = {
      {"certificate", "path", "", "PEM, with its chain. Without it STARTTLS is not offered.",
       text(&T::certificate)},
      {"key", "path", "in the certificate's file", "PEM.", text(&T::key)},
      {"client_ca", "path", "the system's",
       "PEM bundle that client certificates are verified against. A connector is matched by a "
       "verified certificate only.",
       text(&T::client_ca)},
  };
  return keys;
}

const Keys<LimitSettings>& limit_keys() {
  using L = LimitSettings;
  static const Keys<L> keys = {
      {"connections", "number", "", "At once, of all clients.",
       number(&L::connections, 1, 10000000)},
      {"connections_per_client", "number", "", "At once; an IPv6 client is its /64.",
       number(&L::connections_per_client, 1, 10000000)},
      {"connection_rate", "number", "0: no limit", "New ones a minute and client.",
       number(&L::connection_rate, 0, many)},
      {"message_rate", "number", "0: no limit", "Messages a minute and client.",
       number(&L::message_rate, 0, many)},
      {"message_size", "size", "", "Announced with SIZE.", size(&L::message_size, 1024, 1u << 31)},
      {"header_size", "size", "", "Of the whole header.", size(&L::header_size, 1024, 1u << 26)},
      {"line_size", "size", "", "Of one line of a message.", size(&L::line_size, 1000, 1u << 28)},
      {"recipients", "number", "", "A message.", number(&L::recipients, 1, 100000)},
      {"refused_recipients", "number", "", "A session; beyond it is a harvest.",
       number(&L::refused_recipients, 1, 100000)},
      {"errors", "number", "", "Commands that were wrong, a session.",
       number(&L::errors, 1, 100000)},
      {"commands", "number", "", "A session.", number(&L::commands, 10, many)},
      {"messages", "number", "", "A session.", number(&L::messages, 1, many)},
      {"command_time", "time", "", "For the next command.", seconds(&L::command_time)},
      {"block_time", "time", "", "For the next piece of a message.", seconds(&L::block_time)},
      {"message_time", "time", "",
       "For a whole message: from MAIL to DATA, and once more from there to its end. Only waiting "
       "for "
       "the client counts.",
       seconds(&L::message_time)},
      {"session_time", "time", "", "For a whole session.", seconds(&L::session_time)},
      {"handshake_time", "time", "", "For TLS, and for the PROXY header.",
       seconds(&L::handshake_time)},
  };
  return keys;
}

const Keys<RouteSettings>& route_keys() {
  using R = RouteSettings;
  static const Keys<R> keys = {
      {"domains", "list of domains", "", "\".example.com\" stands for those below it.",
       member(&R::domains, read_route_domains, settings_file::write_texts)},
      {"next_hops", "list", "",
       "Tried in order: \"mail.example.com:25\", \"[2001:db8::1]:25\", \"lmtp:127.0.0.1:24\", "
       "\"lmtp:unix:/run/dovecot/lmtp\".",
       texts(&R::next_hops)},
      {"maildir", "path", "", "Deliver into this Maildir instead.", text(&R::maildir)},
      {"tls", "never, if-offered, required or verified", "",
       "verified: its certificate must be good for its name.", choice(&R::tls, hop_tls)},
      {"xclient", "true or false", "",
       "Tell a next hop that offers XCLIENT whom the gate speaks for.", flag(&R::xclient)},
  };
  return keys;
}

const Keys<HopSettings>& hop_keys() {
  using H = HopSettings;
  static const Keys<H> keys = {
      {"helo_name", "domain", "host_name", "In EHLO.", domain(&H::helo_name)},
      {"connect_time", "time", "", "To connect.", seconds(&H::connect_time)},
      {"command_time", "time", "", "From a command to its reply.", seconds(&H::command_time)},
      {"message_time", "time", "", "From the end of a message to its reply.",
       seconds(&H::message_time)},
      {"block_time", "time", "", "To get a piece of a message written.", seconds(&H::block_time)},
      {"idle_time", "time", "", "How long an idle connection is kept for the next message.",
       seconds(&H::idle_time)},
      {"avoid_time", "time", "", "How long a hop that could not be reached is tried last.",
       seconds(&H::avoid_time)},
      {"most_idle", "number", "", "Idle connections kept, a hop and event loop.",
       number(&H::most_idle, 0, 100000)},
      {"ca", "path", "the system's", "PEM bundle that next hops are verified against.",
       text(&H::ca)},
      {"certificate", "path", "", "Shown to next hops that ask, PEM.", text(&H::certificate)},
      {"key", "path", "in the certificate's file", "PEM.", text(&H::key)},
  };
  return keys;
}

const Keys<MilterSettings>& milter_keys() {
  using M = MilterSettings;
  static const Keys<M> keys = {
      {"listen", "list", "",
       "\"127.0.0.1:8891\", \"unix:/run/postern/milter\". Whoever can connect is believed to be "
       "the mail server: loopback or a socket with a tight mode.",
       texts(&M::listen), Counts::from_start},
      {"socket_mode", "octal text", "", "Of a unix socket.",
       member(&M::socket_mode, read_socket_mode,
              [](unsigned mode) { return fmt::format("\"{:o}\"", mode); }),
       Counts::from_start},
      {"socket_group", "text", "the process's own", "Group of a unix socket, such as \"postfix\".",
       text(&M::socket_group), Counts::from_start},
      {"connections", "number", "",
       "At once. One more is closed, and the mail server does as it does without the milter "
       "(milter_default_action).",
       number(&M::connections, 1, 1000000)},
      {"idle_time", "time", "", "After which a silent connection is closed.",
       seconds(&M::idle_time)},
  };
  return keys;
}

const Keys<LedgerSettings>& ledger_keys() {
  using L = LedgerSettings;
  static const Keys<L> keys = {
      {"file", "path", "none: nothing is kept", "An SQLite database; made where it is not there.",
       text(&L::file), Counts::from_start},
      {"retention_days", "number", "", "0: for ever.", number(&L::retention_days, 0, 36500),
       Counts::from_start},
      {"hash_key_file", "path", "",
       "Local parts of addresses are kept as keyed hashes (HMAC-SHA256 with the octets of this "
       "file, at least 16): the same address stays the same, and nobody without the key can tell "
       "which it is.",
       text(&L::hash_key_file), Counts::from_start},
      {"queue", "number", "",
       "Records that may wait to be written; beyond it they are "
       "dropped and counted.",
       number(&L::queue, 1, 10000000), Counts::from_start},
  };
  return keys;
}

const Keys<PageSettings>& page_keys() {
  using P = PageSettings;
  static const Keys<P> keys = {
      {"token_file", "path", required,
       "What people sign in with: at least 16 octets that only the gate's user may read. openssl "
       "rand -hex 32 > FILE; chmod 600 FILE",
       text(&P::token_file), Counts::from_start},
      {"state_file", "path", "page-state.json beside the ledger",
       "Modes and pins that were set at the page. They go before this file, but for what is "
       "`locked` here, and count for as long as [page] stands here.",
       text(&P::state_file), Counts::from_start},
      {"hosts", "list of domains", "",
       "Names besides those of loopback that the page may be asked for by, as a proxy on this host "
       "passes them on.",
       member(&P::hosts, settings_file::read_domains, settings_file::write_texts),
       Counts::from_start},
      {"senders", "path", "",
       "What you know of senders (senders.toml), as `postern impact --senders` reads it.",
       text(&P::senders)},
  };
  return keys;
}

}  // namespace

std::string_view name_of(AuthUse use) noexcept {
  return use == AuthUse::pass ? "pass" : "refuse";
}

std::string_view name_of(HopTls tls) noexcept {
  for (const auto& [name, meaning] : hop_tls) {
    if (meaning == tls) return name;
  }
  return "if-offered";
}

const settings_file::Layout<Settings>& settings_layout() {
  using S = Settings;
  using settings_file::head;
  using settings_file::table;
  using settings_file::tables;
  static const settings_file::Layout<S> layout{
      "postern gate --keys describes the file",
      {head<S>(
           "Before the first table.", head_keys(), [](auto& s) -> auto& { return s; }),
       tables<S>(
           "for_tenant", "Another mode or stage for one tenant.", tenant_mode_keys(),
           [](auto& s) -> auto& { return s.judge.tenants; }),
       tables<S>(
           "for_domain",
           "Another mode or stage for recipients at one domain and those below it. It goes before "
           "the tenant's.",
           domain_mode_keys(), [](auto& s) -> auto& { return s.judge.domains; }),
       table<S>(
           "exceptions",
           "Direct Send that is let through all the same. Each looks at the message and needs "
           "`stage = \"data\"`; each use of one is recorded.",
           exception_keys(), [](auto& s) -> auto& { return s.judge; }),
       table<S>(
           "protections", "What Exchange Online does not refuse.", protection_keys(),
           [](auto& s) -> auto& { return s.judge; }),
       table<S>(
           "smtp", "The SMTP door: a proxy in front of a mail server.", smtp_keys(),
           [](auto& s) -> auto& { return s.smtp; }),
       table<S>(
           "tls", "STARTTLS at the SMTP door.", tls_keys(), [](auto& s) -> auto& { return s.tls; }),
       table<S>(
           "limits", "What one client may ask of the SMTP door.", limit_keys(),
           [](auto& s) -> auto& { return s.limits; }),
       tables<S>(
           "route",
           "Where mail goes. The route of the recipient's domain is taken, else that of the "
           "closest `.parent`, else `*`.",
           route_keys(), [](auto& s) -> auto& { return s.routes; }),
       table<S>(
           "next_hop", "How next hops are spoken to, on every route.", hop_keys(),
           [](auto& s) -> auto& { return s.hops; }),
       table<S>(
           "milter", "The milter door: for Postfix and Sendmail.", milter_keys(),
           [](auto& s) -> auto& { return s.milter; }),
       table<S>(
           "ledger", "The record of what was and would have been refused.", ledger_keys(),
           [](auto& s) -> auto& { return s.ledger; }),
       table<S>(
           "cluster",
           "Servers of NATS JetStream that gates share their policy through. Without `tenants` at "
           "the head, the tenants are those of the cluster.",
           cluster_keys(), [](auto& s) -> auto& { return s.cluster; }),
       table<S>(
           "page",
           "The page that people look at, at admin_listen: what would break, and the modes of "
           "domains (docs/gate-page.md).",
           page_keys(), [](auto& s) -> auto& { return s.page; })},
      nullptr};
  return layout;
}

}  // namespace postern::gate
