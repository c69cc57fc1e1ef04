#include "gate/settings_keys.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/domain.hpp"

namespace postern::gate {
namespace {

using judge::ForeignRecipients;
using judge::Undetermined;
using ledger::Mode;
using ledger::Stage;
using Kind = FileValue::Kind;
template <class T>
using Read = std::function<std::string(const FileValue&, T&)>;

template <class T>
Read<T> flag(bool T::*member) {
  return [member](const FileValue& value, T& into) -> std::string {
    if (value.kind != Kind::boolean) return "must be true or false";
    into.*member = value.boolean;
    return {};
  };
}

template <class T>
Read<T> text(std::string T::*member) {
  return [member](const FileValue& value, T& into) -> std::string {
    if (value.kind != Kind::text) return "must be text in quotes";
    if (value.text.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) {
      return "must be one line";
    }
    into.*member = value.text;
    return {};
  };
}

std::string read_texts(const FileValue& value, std::vector<std::string>& into) {
  if (value.kind == Kind::text) {
    into = {value.text};
    return {};
  }
  if (value.kind != Kind::list) return "must be a list of texts";
  into = value.list;
  return {};
}
template <class T>
Read<T> texts(std::vector<std::string> T::*member) {
  return [member](const FileValue& value, T& into) { return read_texts(value, into.*member); };
}

std::string read_number(const FileValue& value, std::int64_t least, std::int64_t most,
                        std::int64_t& into) {
  if (value.kind != Kind::integer) return "must be a number";
  if (value.integer < least || value.integer > most) {
    return fmt::format("must be from {} to {}", least, most);
  }
  into = value.integer;
  return {};
}
template <class T, class N>
Read<T> number(N T::*member, std::int64_t least, std::int64_t most) {
  return [member, least, most](const FileValue& value, T& into) {
    std::int64_t read = 0;
    std::string wrong = read_number(value, least, most, read);
    if (wrong.empty()) into.*member = static_cast<N>(read);
    return wrong;
  };
}

// "90s", "5m", "2h", "250ms".
std::string read_milliseconds(const FileValue& value, std::int64_t& into) {
  std::string wrong = "must be a time such as \"250ms\", \"90s\", \"5m\" or \"2h\"";
  if (value.kind != Kind::text) return wrong;
  std::size_t at = 0;
  std::int64_t count = 0;
  while (at < value.text.size() && at < 9 && is_ascii_digit(value.text[at]))
    count = count * 10 + (value.text[at++] - '0');
  const std::string_view unit = std::string_view(value.text).substr(at);
  const std::int64_t factor = unit == "ms"  ? 1
                              : unit == "s" ? 1000
                              : unit == "m" ? 60000
                              : unit == "h" ? 3600000
                                            : 0;
  if (at == 0 || factor == 0) return wrong;
  into = count * factor;
  return {};
}
template <class T, class D>
Read<T> time(D T::*member, std::int64_t least_ms, std::int64_t most_ms) {
  return [member, least_ms, most_ms](const FileValue& value, T& into) -> std::string {
    std::int64_t read = 0;
    if (std::string wrong = read_milliseconds(value, read); !wrong.empty()) return wrong;
    if (read < least_ms || read > most_ms) {
      return fmt::format("must be from {} ms to {} s", least_ms, most_ms / 1000);
    }
    const std::chrono::milliseconds exact(read);
    const auto kept = std::chrono::duration_cast<D>(exact);
    if (kept != exact) return "must be whole seconds";
    into.*member = kept;
    return {};
  };
}
template <class T>
Read<T> seconds(std::chrono::seconds T::*member) {
  return time(member, 1000, 7 * 86400000LL);
}

// "150M": octets in powers of 1024.
template <class T>
Read<T> size(std::size_t T::*member, std::size_t least, std::size_t most) {
  return [member, least, most](const FileValue& value, T& into) -> std::string {
    std::size_t read = 0;
    if (value.kind == Kind::integer && value.integer >= 0) {
      read = static_cast<std::size_t>(value.integer);
    } else {
      std::size_t at = 0;
      while (at < value.text.size() && at < 9 && is_ascii_digit(value.text[at]))
        read = read * 10 + static_cast<std::size_t>(value.text[at++] - '0');
      const std::string_view unit = std::string_view(value.text).substr(at);
      const std::size_t factor = unit == "K" ? 1u << 10 : unit == "M" ? 1u << 20 : 0;
      if (value.kind != Kind::text || at == 0 || factor == 0) {
        return "must be a size such as \"150M\", \"256K\" or a number of octets";
      }
      read *= factor;
    }
    if (read < least || read > most) return fmt::format("must be from {} to {}", least, most);
    into.*member = read;
    return {};
  };
}

template <class E, std::size_t N>
using Names = std::array<std::pair<std::string_view, E>, N>;

template <class T, class M, class E, std::size_t N>
Read<T> choice(M T::*member, const Names<E, N>& names) {
  return [member, &names](const FileValue& value, T& into) -> std::string {
    std::string known;
    for (const auto& [name, meaning] : names) {
      if (value.kind == Kind::text && value.text == name) {
        into.*member = meaning;
        return {};
      }
      known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
    }
    return "must be one of " + known;
  };
}

// Reads into a part of the whole.
template <class T, class Part>
Read<T> within(Part T::*part, Read<Part> read) {
  return [part, read = std::move(read)](const FileValue& value, T& into) {
    return read(value, into.*part);
  };
}

template <class T>
Read<T> prefixes(std::vector<Prefix> T::*member) {
  return [member](const FileValue& value, T& into) {
    std::vector<std::string> list;
    std::string wrong = read_texts(value, list);
    for (const std::string& each : list) {
      if (!wrong.empty()) break;
      const auto prefix = Prefix::parse(each);
      if (!prefix) wrong = prefix.error().what;
      if (prefix) (into.*member).push_back(*prefix);
    }
    return wrong;
  };
}

template <class T>
Read<T> domain(std::string T::*member) {
  return [member](const FileValue& value, T& into) -> std::string {
    if (value.kind != Kind::text) return "must be text in quotes";
    auto name = normalise_domain(value.text);
    if (!name) return name.error().what;
    into.*member = std::move(*name);
    return {};
  };
}

// "*", ".example.com" and "example.com"; dots in front are kept.
std::string read_route_domains(const FileValue& value, RouteSettings& route) {
  std::vector<std::string> list;
  std::string wrong = read_texts(value, list);
  if (wrong.empty() && list.empty()) wrong = "must name a domain, or \"*\"";
  route.domains.clear();
  for (const std::string& each : list) {
    if (!wrong.empty()) break;
    const bool below = each.starts_with('.');
    auto name = normalise_domain(below ? each.substr(1) : each);
    if (each == "*") {
      route.domains.push_back(each);
    } else if (!name) {
      wrong = name.error().what;
    } else {
      route.domains.push_back((below ? "." : "") + *name);
    }
  }
  return wrong;
}

std::string read_sealers(const FileValue& value, judge::Settings& judge) {
  std::vector<std::string> list;
  std::string wrong = read_texts(value, list);
  for (const std::string& each : list) {
    if (!wrong.empty()) break;
    const bool below = each.starts_with('.');
    auto name = normalise_domain(below ? each.substr(1) : each);
    if (!name) wrong = name.error().what;
    if (name) judge.trusted_arc_sealers.push_back((below ? "." : "") + *name);
  }
  return wrong;
}

// An octal number in quotes: TOML's 0o660 would be as good, but nobody writes that.
std::string read_socket_mode(const FileValue& value, MilterSettings& milter) {
  std::string wrong = "must be three octal digits in quotes, such as \"660\"";
  std::string_view digits = value.text;
  if (digits.size() == 4 && digits.front() == '0') digits.remove_prefix(1);
  if (value.kind != Kind::text || digits.size() != 3) return wrong;
  unsigned mode = 0;
  for (const char c : digits) {
    if (c < '0' || c > '7') return wrong;
    mode = mode * 8 + static_cast<unsigned>(c - '0');
  }
  milter.socket_mode = mode;
  return {};
}

std::string read_support(const FileValue& value, judge::Settings& judge) {
  if (value.kind != Kind::text) return "must be text in quotes";
  if (value.text.size() > 400) return "must be at most 400 octets";
  for (const char c : value.text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) {
      return "must be one line of printable ASCII: SMTP replies hold no other";
    }
  }
  judge.support = value.text;
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
                                    {"required", HopTls::required},
                                    {"verified", HopTls::verified}}};
constexpr std::int64_t many = 1000000000;

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

const SettingKeys<Settings>& head_keys() {
  using S = Settings;
  using J = judge::Settings;
  static const SettingKeys<S> keys = {
      {"tenants", "list of paths", "required",
       "Whose domains and connectors: tenant.toml files, exports of Exchange, or folders of them. "
       "Relative to this file.",
       texts(&S::tenants)},
      {"mode", "enforce, observe, tenant or off", "\"enforce\"",
       "enforce: refuse Direct Send, whatever the tenant's own switch says. observe: accept, and "
       "record what enforce would have refused. tenant: as the tenant's RejectDirectSend says, a "
       "rehearsal. off: judge nothing.",
       within(&S::judge, choice(&J::mode, modes))},
      {"stage", "rcpt or data", "\"rcpt\"",
       "When a refusal is said: in answer to RCPT, before any content is sent, or after the "
       "message, so that exceptions can look at it.",
       within(&S::judge, choice(&J::stage, stages))},
      {"undetermined", "accept, defer or refuse", "\"accept\"",
       "What to do where the rule lacks a fact (a tenant without its connectors, a milter's host "
       "that does not send a macro). Each is recorded.",
       within(&S::judge, choice(&J::undetermined, undetermined))},
      {"foreign_recipients", "refuse or pass", "\"refuse\"",
       "Recipients at domains that no tenant owns, at the SMTP door: refuse as Exchange does "
       "(5.7.64) unless the client signed in or an OnPremises connector matches, or let the next "
       "hop decide. Beware of a next hop that trusts the gate's address: it becomes an open relay.",
       within(&S::judge, choice(&J::foreign_recipients, foreign))},
      {"support", "text", "none",
       "A line behind the text of every refusal: where a refused sender finds help.",
       within(&S::judge, Read<J>(read_support))},
      {"authserv_id", "domain", "none",
       "The gate's name in Authentication-Results (RFC 8601). Set: fields that claim this name "
       "are removed, every one, and the gate's own is added to mail that it authenticated.",
       within(&S::judge, domain(&J::authserv_id))},
      {"authenticate_all", "true or false", "false",
       "Check SPF, DKIM, DMARC and ARC of all mail, not only where the judgement hangs on them.",
       within(&S::judge, flag(&J::authenticate_all))},
      {"host_name", "domain", "the system's", "In the greeting, in replies and in Received.",
       domain(&S::host_name)},
      {"threads", "number", "0: one a processor", "Event loops.", number(&S::threads, 0, 256)},
      {"resolver", "text", "as /etc/resolv.conf says",
       "Ask this resolver for SPF, DKIM, DMARC and ARC: \"127.0.0.1\" or \"127.0.0.1@5353\".",
       text(&S::resolver)},
      {"user", "text", "none", "To become once the sockets are open, where started as root.",
       text(&S::user)},
      {"group", "text", "the user's own", "Likewise.", text(&S::group)},
      {"drain_time", "time", "\"30s\"",
       "From SIGTERM until messages that are still under way are cut off.",
       time(&S::drain_time, 0, 86400000)},
      {"log_level", "quiet, normal or all", "\"normal\"",
       "quiet: faults. normal: also what was refused, deferred or passed on. all: also each "
       "session.",
       choice(&S::log_level, log_levels)},
      {"hold_memory", "size", "\"256K\"",
       "How much of a message that must be judged whole is held in memory; beyond it a file "
       "without a name.",
       size(&S::hold_memory, 4096, 1u << 30)},
      {"hold_folder", "path", "the system's for temporary files", "Where that file is.",
       text(&S::hold_folder)},
      {"admin_listen", "address:port", "none",
       "Where /metrics (Prometheus), /healthz and /readyz are answered. Loopback only.",
       text(&S::admin_listen)},
  };
  return keys;
}

const SettingKeys<judge::ModeOverride>& tenant_mode_keys() {
  using M = judge::ModeOverride;
  static const SettingKeys<M> keys = {
      {"name", "text", "required", "The tenant's name, as `postern audit` shows it.",
       text(&M::name)},
      {"mode", "enforce, observe, tenant or off", "as at the head", "", choice(&M::mode, modes)},
      {"stage", "rcpt or data", "as at the head", "", choice(&M::stage, stages)},
  };
  return keys;
}

const SettingKeys<judge::ModeOverride>& domain_mode_keys() {
  using M = judge::ModeOverride;
  static const SettingKeys<M> keys = {
      {"name", "domain", "required", "A recipient domain.", domain(&M::name)},
      {"mode", "enforce, observe, tenant or off", "the tenant's", "", choice(&M::mode, modes)},
      {"stage", "rcpt or data", "the tenant's", "", choice(&M::stage, stages)},
  };
  return keys;
}

const SettingKeys<judge::Settings>& exception_keys() {
  using J = judge::Settings;
  static const SettingKeys<J> keys = {
      {"aligned_dkim", "true or false", "false",
       "The header From is at the tenant's domain, and a DKIM signature aligned with it passes. "
       "Signatures with `l=` or a key on trial (`t=y`) don't count. Whoever gets hold of one "
       "signed message can send it again.",
       flag(&J::allow_aligned_dkim)},
      {"dmarc_pass", "true or false", "false",
       "The header From is at the tenant's domain, and DMARC passes: also by SPF, so by every "
       "address that the domain's SPF record names.",
       flag(&J::allow_dmarc_pass)},
      {"trusted_arc_sealers", "list of domains", "[]",
       "The outermost ARC seal is of one of these (\".example.com\" stands for those below), the "
       "chain passes, and its sealer saw the message pass SPF, DKIM or DMARC for a domain of the "
       "tenant.",
       read_sealers},
  };
  return keys;
}

const SettingKeys<judge::Settings>& protection_keys() {
  using J = judge::Settings;
  static const SettingKeys<J> keys = {
      {"own_header_from", "true or false", "false",
       "Refuse a header From (P2) at an own domain that neither SPF, DKIM, DMARC nor a trusted ARC "
       "sealer vouches for, whatever the envelope sender. Mail from signed-in clients and over "
       "connectors is not concerned.",
       flag(&J::refuse_own_header_from)},
      {"multiple_from", "true or false", "false",
       "Refuse several From fields, and several addresses in one.", flag(&J::refuse_multiple_from)},
      {"strip_organization_headers", "true or false", "false",
       "Remove X-MS-Exchange-Organization-*, X-MS-Exchange-CrossTenant-* and "
       "X-MS-Exchange-Forest-* fields, with which outside mail claims to be inside mail. Kept on "
       "a connector with CloudServicesMailEnabled.",
       flag(&J::strip_organization_headers)},
  };
  return keys;
}

const SettingKeys<SmtpSettings>& smtp_keys() {
  using S = SmtpSettings;
  static const SettingKeys<S> keys = {
      {"listen", "list of address:port", "[]",
       "\"127.0.0.1:2525\", \"[::]:25\", \":25\". With systemd's socket activation, the sockets "
       "that it passes are taken instead.",
       texts(&S::listen)},
      {"proxy_peers", "list of address blocks", "[]",
       "Load balancers: their connections begin with a PROXY header, version 1 or 2, and nobody "
       "else's do.",
       prefixes(&S::proxy_peers)},
      {"xclient_peers", "list of address blocks", "[]",
       "Who may tell by XCLIENT whom it speaks for.", prefixes(&S::xclient_peers)},
      {"greeting_delay", "time", "\"0ms\"", "A client that talks before the greeting is refused.",
       time(&S::greeting_delay, 0, 60000)},
      {"require_tls", "true or false", "false", "No MAIL before STARTTLS.", flag(&S::require_tls)},
      {"auth", "refuse or pass", "\"refuse\"",
       "pass: AUTH is offered, and the next hop of the route \"*\" checks it.",
       choice(&S::auth, auth_uses)},
      {"auth_mechanisms", "list", "[\"PLAIN\", \"LOGIN\"]", "Offered with auth = \"pass\".",
       texts(&S::auth_mechanisms)},
      {"auth_in_clear", "true or false", "false", "Also before STARTTLS.", flag(&S::auth_in_clear)},
      {"smtputf8", "true or false", "true", "Offer SMTPUTF8 (RFC 6531).", flag(&S::smtputf8)},
  };
  return keys;
}

const SettingKeys<TlsSettings>& tls_keys() {
  using T = TlsSettings;
  static const SettingKeys<T> keys = {
      {"certificate", "path", "none", "PEM, with its chain. Without it STARTTLS is not offered.",
       text(&T::certificate)},
      {"key", "path", "in the certificate's file", "PEM.", text(&T::key)},
      {"client_ca", "path", "the system's",
       "PEM bundle that client certificates are verified against. A connector is matched by a "
       "verified certificate only.",
       text(&T::client_ca)},
  };
  return keys;
}

const SettingKeys<LimitSettings>& limit_keys() {
  using L = LimitSettings;
  static const SettingKeys<L> keys = {
      {"connections", "number", "20000", "At once, of all clients.",
       number(&L::connections, 1, 10000000)},
      {"connections_per_client", "number", "100", "At once; an IPv6 client is its /64.",
       number(&L::connections_per_client, 1, 10000000)},
      {"connection_rate", "number", "0: no limit", "New ones a minute and client.",
       number(&L::connection_rate, 0, many)},
      {"message_rate", "number", "0: no limit", "Messages a minute and client.",
       number(&L::message_rate, 0, many)},
      {"message_size", "size", "\"150M\"", "Announced with SIZE.",
       size(&L::message_size, 1024, 1u << 31)},
      {"header_size", "size", "\"256K\"", "Of the whole header.",
       size(&L::header_size, 1024, 1u << 26)},
      {"line_size", "size", "\"1M\"", "Of one line of a message.",
       size(&L::line_size, 1000, 1u << 28)},
      {"recipients", "number", "1000", "A message.", number(&L::recipients, 1, 100000)},
      {"refused_recipients", "number", "100", "A session; beyond it is a harvest.",
       number(&L::refused_recipients, 1, 100000)},
      {"errors", "number", "10", "Commands that were wrong, a session.",
       number(&L::errors, 1, 100000)},
      {"commands", "number", "10000", "A session.", number(&L::commands, 10, many)},
      {"messages", "number", "1000", "A session.", number(&L::messages, 1, many)},
      {"command_time", "time", "\"5m\"", "For the next command.", seconds(&L::command_time)},
      {"block_time", "time", "\"3m\"", "For the next piece of a message.", seconds(&L::block_time)},
      {"message_time", "time", "\"30m\"", "For a whole message.", seconds(&L::message_time)},
      {"session_time", "time", "\"4h\"", "For a whole session.", seconds(&L::session_time)},
      {"handshake_time", "time", "\"30s\"", "For TLS, and for the PROXY header.",
       seconds(&L::handshake_time)},
  };
  return keys;
}

const SettingKeys<RouteSettings>& route_keys() {
  using R = RouteSettings;
  static const SettingKeys<R> keys = {
      {"domains", "list of domains", "[\"*\"]", "\".example.com\" stands for those below it.",
       read_route_domains},
      {"next_hops", "list", "[]",
       "Tried in order: \"mail.example.com:25\", \"[2001:db8::1]:25\", \"lmtp:127.0.0.1:24\", "
       "\"lmtp:unix:/run/dovecot/lmtp\".",
       texts(&R::next_hops)},
      {"maildir", "path", "none", "Deliver into this Maildir instead.", text(&R::maildir)},
      {"tls", "never, if-offered, required or verified", "\"if-offered\"",
       "verified: its certificate must be good for its name.", choice(&R::tls, hop_tls)},
      {"xclient", "true or false", "true",
       "Tell a next hop that offers XCLIENT whom the gate speaks for.", flag(&R::xclient)},
  };
  return keys;
}

const SettingKeys<HopSettings>& hop_keys() {
  using H = HopSettings;
  static const SettingKeys<H> keys = {
      {"helo_name", "domain", "host_name", "In EHLO.", domain(&H::helo_name)},
      {"connect_time", "time", "\"30s\"", "To connect.", seconds(&H::connect_time)},
      {"command_time", "time", "\"2m\"", "From a command to its reply.", seconds(&H::command_time)},
      {"message_time", "time", "\"10m\"", "From the end of a message to its reply.",
       seconds(&H::message_time)},
      {"block_time", "time", "\"3m\"", "To get a piece of a message written.",
       seconds(&H::block_time)},
      {"idle_time", "time", "\"20s\"", "How long an idle connection is kept for the next message.",
       seconds(&H::idle_time)},
      {"avoid_time", "time", "\"15s\"", "How long a hop that could not be reached is tried last.",
       seconds(&H::avoid_time)},
      {"most_idle", "number", "50", "Idle connections kept, a hop and event loop.",
       number(&H::most_idle, 0, 100000)},
      {"ca", "path", "the system's", "PEM bundle that next hops are verified against.",
       text(&H::ca)},
      {"certificate", "path", "none", "Shown to next hops that ask, PEM.", text(&H::certificate)},
      {"key", "path", "in the certificate's file", "PEM.", text(&H::key)},
  };
  return keys;
}

const SettingKeys<MilterSettings>& milter_keys() {
  using M = MilterSettings;
  static const SettingKeys<M> keys = {
      {"listen", "list", "[]",
       "\"127.0.0.1:8891\", \"unix:/run/postern/milter\". Whoever can connect is believed to be "
       "the mail server: loopback or a socket with a tight mode.",
       texts(&M::listen)},
      {"socket_mode", "octal text", "\"660\"", "Of a unix socket.", read_socket_mode},
      {"socket_group", "text", "the process's own", "Group of a unix socket, such as \"postfix\".",
       text(&M::socket_group)},
      {"connections", "number", "1000", "At once.", number(&M::connections, 1, 1000000)},
      {"idle_time", "time", "\"7210s\"", "After which a silent connection is closed.",
       seconds(&M::idle_time)},
  };
  return keys;
}

const SettingKeys<LedgerSettings>& ledger_keys() {
  using L = LedgerSettings;
  static const SettingKeys<L> keys = {
      {"file", "path", "none: nothing is kept", "An SQLite database; made where it is not there.",
       text(&L::file)},
      {"retention_days", "number", "90", "0: for ever.", number(&L::retention_days, 0, 36500)},
      {"hash_key_file", "path", "none",
       "Local parts of addresses are kept as keyed hashes (HMAC-SHA256 with the octets of this "
       "file, at least 16): the same address stays the same, and nobody without the key can tell "
       "which it is.",
       text(&L::hash_key_file)},
      {"queue", "number", "100000",
       "Records that may wait to be written; beyond it they are "
       "dropped and counted.",
       number(&L::queue, 1, 10000000)},
  };
  return keys;
}

}  // namespace postern::gate
